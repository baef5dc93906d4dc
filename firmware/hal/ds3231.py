"""DS3231 battery clock on I2C (Maxim DS3231 datasheet, 19-5170): time registers 00-06 in BCD, control 0E, status 0F.

It keeps UTC from 2000 to 2099. Seconds since 1970 are counted here, because MicroPython's epoch differs from port to port.
"""

from micropython import const

ADDRESS = const(0x68)
_TIME = const(0x00)
_CONTROL = const(0x0E)
_STATUS = const(0x0F)
_OSF = const(0x80)  # oscillator stopped since the bit was cleared; only a written 0 clears it
_RUN_ON_BATTERY = const(0x1C)  # EOSC 0: keep running; INTCN 1, no alarms, no square wave
_TRIES = const(3)
_DAY_S = const(86400)
_DAYS_TO_2000 = const(10957)  # from 1970-01-01
_BEFORE_MONTH = const((0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334))


def days(year, month, day):
    """Days from 2000-01-01 to a date of 2000 to 2099, where every fourth year is a leap year."""
    leaps = (year - 2000 + 3) // 4 + (1 if year % 4 == 0 and month > 2 else 0)
    return (year - 2000) * 365 + leaps + _BEFORE_MONTH[month - 1] + day - 1


def date(n):
    """(year, month, day) of a day counted from 2000-01-01."""
    year = 2000 + (n * 4) // 1461
    month = 12
    while month > 1 and days(year, month, 1) > n:
        month -= 1
    return year, month, n - days(year, month, 1) + 1


def _from_bcd(value):
    if value & 15 > 9 or value >> 4 > 9:
        raise OSError("the clock's registers hold no time")
    return (value >> 4) * 10 + (value & 15)


def _to_bcd(value):
    return (value // 10) << 4 | value % 10


class Ds3231:
    """`i2c`: machine.I2C. Every method raises OSError when the chip does not answer."""

    def __init__(self, i2c):
        self._i2c = i2c
        self._time = bytearray(7)
        self._one = bytearray(1)
        self._put(_CONTROL, _RUN_ON_BATTERY)

    def _get(self, register):
        self._i2c.readfrom_mem_into(ADDRESS, register, self._one)
        return self._one[0]

    def _put(self, register, value):
        self._one[0] = value
        self._i2c.writeto_mem(ADDRESS, register, self._one)

    def read(self):
        """UTC seconds since 1970."""
        return self._again(self._read)

    @staticmethod
    def _again(reading):
        """A disturbance on the bus, from the relay perhaps, must not cost the trust in the clock."""
        for _ in range(_TRIES - 1):
            try:
                return reading()
            except OSError:
                pass  # the last try says what is wrong
        return reading()

    def _read(self):
        """One burst, so that the chip's own copy does not roll over in between."""
        time = self._time
        self._i2c.readfrom_mem_into(ADDRESS, _TIME, time)
        second, minute, hour = _from_bcd(time[0] & 0x7F), _from_bcd(time[1]), _from_bcd(time[2] & 0x3F)
        day, month, year = _from_bcd(time[4]), _from_bcd(time[5] & 0x1F), 2000 + _from_bcd(time[6])
        if not (0 < month <= 12 and 0 < day <= 31 and hour < 24):
            raise OSError("the clock's registers hold no time")
        return (_DAYS_TO_2000 + days(year, month, day)) * _DAY_S + hour * 3600 + minute * 60 + second

    def write(self, t):
        """Set UTC seconds since 1970, in one burst: writing the seconds restarts the second."""
        n, rest = t // _DAY_S - _DAYS_TO_2000, t % _DAY_S
        if not 0 <= n < 36525:
            raise OSError("the clock keeps 2000 to 2099")
        year, month, day = date(n)
        values = (rest % 60, rest // 60 % 60, rest // 3600, (n + 5) % 7 + 1, day, month, year - 2000)
        for i in range(7):
            self._time[i] = _to_bcd(values[i])
        self._i2c.writeto_mem(ADDRESS, _TIME, self._time)

    def lost_power(self):
        """True when the oscillator has stopped since `clear`."""
        return bool(self._again(self._status) & _OSF)

    def _status(self):
        return self._get(_STATUS)

    def clear(self):
        """Clear the lost-power bit, and nothing else of the status."""
        self._put(_STATUS, self._get(_STATUS) & ~_OSF & 0xFF)
