#!/usr/bin/env python3
"""Correctly rounded values of the functions of isospike-lane, by mpmath: `python3 make_tables.py [lines]`, in this folder
(or in another, for a denser table to be named by ISOSPIKE_TABLES when the tests run).

One file per function and format. A line is: argument (two for pow), value rounded to nearest even (hex bits, or nan),
and true value minus rounded value in 1/100 of the rounded value's ulp.
"""
import random
import struct
import sys
import mpmath as mp

mp.mp.prec = 400
INF = float("inf")


def f32(x):
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return INF if x > 0 else -INF


class Format:
    def __init__(self, name, mantissa, least, largest, code, digits):
        self.name, self.mantissa, self.least, self.largest = name, mantissa, least, largest
        self.code, self.digits = code, digits

    def hex(self, x):
        if mp.isnan(x):
            return "nan"
        raw = struct.pack("<" + self.code[0], float(x))
        return format(struct.unpack("<" + self.code[1], raw)[0], f"0{self.digits}x")

    def round(self, v):
        """(rounded value, remainder in 1/100 ulp)"""
        if mp.isnan(v) or mp.isinf(v) or v == 0:
            return v, 0
        e = max(mp.frexp(v)[1] - 1 - self.mantissa, self.least)
        q = v * mp.mpf(2) ** -e
        n = mp.nint(q)
        if abs(q - mp.floor(q) - 0.5) < mp.mpf(2) ** -200:  # a tie: only for exact results
            n = 2 * mp.nint(mp.floor(q) / 2) if mp.floor(q) % 2 == 0 else mp.floor(q) + 1
        y = n * mp.mpf(2) ** e
        if abs(y) >= mp.mpf(2) ** self.largest:
            return mp.sign(y) * mp.inf, 0
        return y, int(mp.nint((q - n) * 100))


F32 = Format("f32", 23, -149, 128, "fI", 8)
F64 = Format("f64", 52, -1074, 1024, "dQ", 16)


def erfinv_normal(p):
    """The z with Phi(z) = p, for p given exactly."""
    if p > 0.5:
        return -erfinv_normal(1 - p)
    if p == 0.5:
        return mp.mpf(0)
    if p > mp.mpf("1e-3"):
        return -mp.sqrt(2) * mp.erfinv(1 - 2 * p)
    t = mp.sqrt(-2 * mp.log(p))
    z = t - mp.log(t * mp.sqrt(2 * mp.pi)) / t
    for _ in range(12):  # Newton on log erfc
        g = mp.erfc(z / mp.sqrt(2)) / 2
        step = (mp.log(g) - mp.log(p)) * g / (mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi))
        z += step
        if abs(step) < mp.mpf(2) ** -300:
            break
    return -z


def lgamma(x):
    return mp.loggamma(x).real if x > 0 else (mp.inf if x == 0 else mp.nan)


def edge(f, low, high):
    return lambda x: f(x) if low < x < high else (mp.inf if x == high else -mp.inf if x == low else mp.nan)


# name: (function, ranges, extra points). A range (a, b) is sampled evenly, ("log", a, b) evenly in the logarithm.
FUNCTIONS = {
    "exp": (mp.exp, [(-1, 1), (-87, 88), ("log", 1e-9, 1)], {"f64": [(-745, 709.7), (-745, -708)], "f32": [(-103, -87)]}),
    "expm1": (mp.expm1, [(-1, 1), (-20, 88), ("log", 1e-9, 1)], {"f64": [(-40, 709.7)], "f32": []}),
    "log": (mp.log, [(0.5, 1.5), ("log", 1e-38, 1e38)], {"f64": [("log", 1e-300, 1e300)], "f32": []}),
    "log1p": (mp.log1p, [(-0.9, 3), ("log", 1e-9, 1e9), ("neglog", 1e-9, 0.9)], {}),
    "tanh": (mp.tanh, [(-1, 1), (-10, 10), ("log", 1e-9, 1)], {"f64": [(-20, 20)], "f32": []}),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), [(-3, 3), (-80, 20)], {"f64": [(-740, -80)], "f32": []}),
    "sin": (mp.sin, [(-4, 4), (-1000, 1000), (-1e5, 1e5), ("pi", 1, 60000)], {}),
    "cos": (mp.cos, [(-4, 4), (-1000, 1000), (-1e5, 1e5), ("pi", 1, 60000)], {}),
    "erf": (mp.erf, [(-1, 1), (-4, 4), ("log", 1e-9, 1)], {"f64": [(1, 6)], "f32": []}),
    "erfc": (mp.erfc, [(-1, 1), (-4, 4), (0, 10)], {"f64": [(0, 27.2)], "f32": []}),
    "lgamma": (lgamma, [(0, 3), (0.9, 1.1), (1.9, 2.1), (2, 10), ("log", 1e-9, 1e9)], {}),
    "inverse_normal": (edge(erfinv_normal, 0, 1), [(0, 1), (0.4, 0.6), ("log", 1e-30, 0.5)],
                       {"f64": [("log", 1e-300, 1e-20)], "f32": []}),
}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, INF, -INF, float("nan")]
SPECIAL_VALUES = {
    "exp": {INF: mp.inf, -INF: 0}, "expm1": {INF: mp.inf, -INF: -1}, "log": {INF: mp.inf, 0.0: -mp.inf},
    "log1p": {INF: mp.inf, -1.0: -mp.inf}, "tanh": {INF: 1, -INF: -1}, "sigmoid": {INF: 1, -INF: 0},
    "erf": {INF: 1, -INF: -1}, "erfc": {INF: 0, -INF: 2}, "lgamma": {INF: mp.inf},
}


def sample(rng, spec):
    kind = spec[0]
    if kind in ("log", "neglog"):
        x = float(mp.exp(rng.uniform(float(mp.log(spec[1])), float(mp.log(spec[2])))))
        return x if kind == "log" else -x
    if kind == "pi":  # close to multiples of pi/2
        return float(rng.randint(spec[1], spec[2]) * mp.pi / 2)
    return rng.uniform(*spec)


def value(name, f, x):
    """f at the exact float x, or its limit where it has one."""
    if x != x:
        return mp.nan
    if x in SPECIAL_VALUES.get(name, {}):
        return mp.mpf(SPECIAL_VALUES[name][x])
    if abs(x) == INF:
        return mp.nan
    if (name == "log" and x < 0) or (name == "log1p" and x < -1):
        return mp.nan
    return f(mp.mpf(x))


def line(fmt, args, y):
    rounded, rest = fmt.round(y)
    # A zero result keeps the sign of the argument for the odd functions; the tests compare zeros as equal.
    return " ".join([fmt.hex(a) for a in args] + [fmt.hex(rounded), str(rest)])


def main():
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 140
    for fmt in (F32, F64):
        for name, (f, ranges, more) in FUNCTIONS.items():
            rng = random.Random(name + fmt.name)
            ranges = ranges + more.get(fmt.name, [])
            xs = [sample(rng, ranges[i % len(ranges)]) for i in range(lines)]
            if fmt is F32:
                xs = [f32(x) for x in xs]
            with open(f"{name}.{fmt.name}.txt", "w") as out:
                for x in SPECIAL + xs:
                    print(line(fmt, [x], value(name, f, x)), file=out)
        rng = random.Random("pow" + fmt.name)
        with open(f"pow.{fmt.name}.txt", "w") as out:
            for i in range(lines):
                lim = 60.0 if fmt is F32 else 600.0
                x = float(mp.exp(rng.uniform(-lim, lim))) if i % 2 else rng.uniform(0.0, 3.0)
                x = f32(x) if fmt is F32 else x
                # Results over the whole range, subnormals included.
                y = rng.uniform(-1.15, 1.0) * lim * (1.4 if fmt is F32 else 1.15) / float(mp.log(x)) if i % 3 else rng.uniform(-9, 9)
                y = f32(y) if fmt is F32 else y
                print(line(fmt, [x, y], mp.power(mp.mpf(x), mp.mpf(y))), file=out)


main()
