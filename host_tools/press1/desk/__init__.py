"""`press1 desk`: the owner's recordings and boxes as a web page that only this computer sees."""
