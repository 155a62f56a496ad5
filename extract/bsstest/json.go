package bsstest

import "strconv"

// one is one yuan, or one of whatever is counted, in the unit of all amounts here: 1e-8.
const one = int64(100_000_000)

// cent is 0.01 in units of 1e-8.
const cent = one / 100

// style is how an answer is written.
type style struct {
	english bool // X-Language: en_US
	tiny    bool // numbers as java.math.BigDecimal prints them: 0E-8, 1E-8
}

func (s style) pick(zh, en string) string {
	if s.english {
		return en
	}
	return zh
}

var pow10 = [...]int64{1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000}

// appendDecimal appends v / 10^digits without trailing zeros.
func appendDecimal(dst []byte, v int64, digits int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	for digits > 0 && v%10 == 0 {
		v, digits = v/10, digits-1
	}
	if digits == 0 {
		return strconv.AppendInt(dst, v, 10)
	}
	dst = strconv.AppendInt(dst, v/pow10[digits], 10)
	dst = append(dst, '.')
	rest := v % pow10[digits]
	for d := digits - 1; d > 0 && rest < pow10[d]; d-- {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, rest, 10)
}

// appendJava appends v / 10^digits as java.math.BigDecimal.toString does: all digits of the scale, and an exponent
// where the number is below 1e-6.
func appendJava(dst []byte, v int64, digits int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	text := strconv.AppendInt(nil, v, 10)
	exponent := len(text) - 1 - digits
	if digits > 0 && exponent < -6 {
		dst = append(dst, text[0])
		if len(text) > 1 {
			dst = append(append(dst, '.'), text[1:]...)
		}
		return strconv.AppendInt(append(dst, 'E'), int64(exponent), 10)
	}
	for len(text) <= digits {
		text = append([]byte{'0'}, text...)
	}
	dst = append(dst, text[:len(text)-digits]...)
	if digits > 0 {
		dst = append(append(dst, '.'), text[len(text)-digits:]...)
	}
	return dst
}

func (s style) number(dst []byte, v int64, digits int) []byte {
	if s.tiny {
		return appendJava(dst, v, digits)
	}
	return appendDecimal(dst, v, digits)
}

// appendQuoted appends s as a JSON string. s is valid UTF-8 by construction.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

func quote(s string) string { return string(appendQuoted(nil, s)) }

// member appends ,"name":"value" for an object that has members already.
func member(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return appendQuoted(dst, value)
}

// memberInt appends ,"name":value.
func memberInt(dst []byte, name string, value int64) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return strconv.AppendInt(dst, value, 10)
}

// memberRaw appends ,"name":value where value is JSON already.
func memberRaw(dst []byte, name, value string) []byte {
	return append(append(append(append(dst, `,"`...), name...), `":`...), value...)
}

// memberDecimal appends ,"name":"value", the quoted form that calls 6 and 8 to 10 use.
func memberDecimal(dst []byte, name string, v int64, digits int) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":"`...)
	return append(appendDecimal(dst, v, digits), '"')
}

// appendInstant appends the Unix second t as 2006-01-02T15:04:05Z, without quotes.
func appendInstant(dst []byte, t int64) []byte {
	days, rest := t/day, t%day
	// Days to civil date: H. Hinnant, "chrono-compatible low-level date algorithms"; for dates after 1970.
	z := days + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d := doy - (153*mp+2)/5 + 1
	m := mp + 3
	y := yoe + era*400
	if m > 12 {
		m, y = m-12, y+1
	}
	dst = two(two(dst, y/100), y%100)
	dst = two(append(dst, '-'), m)
	dst = two(append(dst, '-'), d)
	dst = two(append(dst, 'T'), rest/hour)
	dst = two(append(dst, ':'), rest/60%60)
	dst = two(append(dst, ':'), rest%60)
	return append(dst, 'Z')
}

func two(dst []byte, n int64) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

func instant(t int64) string { return string(appendInstant(nil, t)) }
