"""Times and numbers as people write them, in Danish and English. Times are of this computer's time zone."""

from datetime import UTC, date, datetime

_MONTHS = {
    "da": [
        "januar",
        "februar",
        "marts",
        "april",
        "maj",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def day(seconds: int, language: str) -> str:
    """21 November 2026; a time beyond year 9999 as its number."""
    try:
        local = datetime.fromtimestamp(seconds, UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        return str(seconds)
    return calendar(local.date(), language)


def calendar(when: date, language: str) -> str:
    """A day that no clock is about, such as one of a policy: 21 November 2026."""
    return f"{when.day}{'.' if language == 'da' else ''} {_MONTHS[language][when.month - 1]} {when.year}"


def moment(seconds: int, language: str) -> str:
    """21 November 2026, 07:00:19 (UTC+1)."""
    try:
        local = datetime.fromtimestamp(seconds, UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        return str(seconds)
    offset = local.strftime("%z")
    zone = "UTC" if offset == "+0000" else f"UTC{offset[0]}{int(offset[1:3])}{'' if offset[3:5] == '00' else ':' + offset[3:5]}"
    clock = f"kl. {local:%H.%M.%S}" if language == "da" else f"{local:%H:%M:%S}"
    return f"{day(seconds, language)}{' ' if language == 'da' else ', '}{clock} ({zone})"


def length(seconds: float, language: str) -> str:
    """5.9 seconds; 3 min 20 s; 2 d 5 h."""
    total = round(seconds)
    if total < 60:
        return f"{number(seconds, 1, language)} {'sekunder' if language == 'da' else 'seconds'}"
    if total < 3600:
        return f"{total // 60} min {total % 60} s"
    hours = "t" if language == "da" else "h"
    if total < 86_400:
        return f"{total // 3600} {hours} {total % 3600 // 60} min"
    return f"{total // 86_400} d {total % 86_400 // 3600} {hours}"


def number(value: float, decimals: int, language: str) -> str:
    """With the language's decimal sign."""
    text = f"{value:.{decimals}f}"
    return text.replace(".", ",") if language == "da" else text


def percent(value: float, language: str) -> str:
    """A share as 21.0 %."""
    return f"{number(100 * value, 1, language)} %"
