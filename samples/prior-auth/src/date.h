/* Calendar dates as text: YYYY-MM-DD, proleptic Gregorian. Text order is date order. */
#ifndef PA_DATE_H
#define PA_DATE_H

#include "vx.h"

typedef struct { int32_t year, month, day; } pa_date;

static inline int32_t pa_digits(vx_str s, int32_t from, int32_t count) {
    int32_t value = 0;
    for (int32_t i = from; i < from + count; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9') return -1;
        value = value * 10 + (s.p[i] - '0');
    }
    return value;
}

static inline int32_t pa_month_days(int32_t year, int32_t month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static inline bool pa_parse_date(vx_str s, pa_date *out) {
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-') return false;
    *out = (pa_date){pa_digits(s, 0, 4), pa_digits(s, 5, 2), pa_digits(s, 8, 2)};
    return out->year > 0 && out->month >= 1 && out->month <= 12 && out->day >= 1 && out->day <= pa_month_days(out->year, out->month);
}

/* The date part of a FHIR date or dateTime; VX_NONE unless it names a whole, real day. */
static inline vx_str pa_day_of(vx_str fhir) {
    pa_date date;
    if (fhir.n < 10 || (fhir.n > 10 && fhir.p[10] != 'T')) return VX_NONE;
    vx_str day = vx_sub(fhir, 0, 10);
    return pa_parse_date(day, &date) ? day : VX_NONE;
}

/* Completed years between two valid days. */
static inline int32_t pa_years(vx_str birth, vx_str on) {
    pa_date b, o;
    if (!pa_parse_date(birth, &b) || !pa_parse_date(on, &o)) return -1;
    return o.year - b.year - (o.month < b.month || (o.month == b.month && o.day < b.day));
}

#endif
