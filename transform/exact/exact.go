// Package exact holds the scalar values that travel from the JSON text of an answer to an Arrow column without ever being a
// float: in comes the text of one JSON token, out comes the unscaled integer (or microseconds, or text) that the column stores.
// A text that the column cannot hold exactly is an error, never rounded; null and the empty string are both NULL.
package exact

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"
)

// The reasons why a text is no value of its column.
var (
	ErrSyntax    = errors.New("not a decimal number")
	ErrPrecision = errors.New("more decimal places than the column holds")
	ErrRange     = errors.New("too large for the column")
)

// maxExponent bounds what an exponent may ask for, so that "1e999999999" costs nothing.
const maxExponent = 100

var pow10 = func() (p [19]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return
}()

// parse reads a decimal number (JSON syntax; leading zeros are forgiven) as an integer of 10^-scale units with fewer than
// precision+1 digits. hi and lo are the 128-bit two's complement.
func parse(text []byte, precision, scale int) (hi int64, lo uint64, err error) {
	i, negative := 0, false
	if i < len(text) && text[i] == '-' {
		negative = true
		i++
	}
	var (
		n         uint64
		digits    int // significant digits in n
		fraction  int
		seenDigit bool
		seenPoint bool
		wide      bool
	)
	start := i
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= '0' && c <= '9':
			seenDigit = true
			if seenPoint {
				fraction++
			}
			if digits == 18 {
				wide = true
				continue
			}
			n = n*10 + uint64(c-'0')
			if n > 0 {
				digits++
			}
			continue
		case c == '.' && !seenPoint && seenDigit:
			seenPoint = true
			continue
		}
		break
	}
	mantissa := text[start:i]
	if !seenDigit || mantissa[len(mantissa)-1] == '.' {
		return 0, 0, fmt.Errorf("%w: %s", ErrSyntax, quote(text))
	}
	exponent, ok := parseExponent(text[i:])
	if !ok {
		return 0, 0, fmt.Errorf("%w: %s", ErrSyntax, quote(text))
	}
	shift := exponent - fraction + scale
	if !wide && shift <= 0 && shift >= -18 {
		q, r := n/pow10[-shift], n%pow10[-shift]
		if r != 0 {
			return 0, 0, fmt.Errorf("%w (%d): %s", ErrPrecision, scale, quote(text))
		}
		return signed(0, q, negative, precision, text)
	}
	if !wide && shift > 0 && shift <= 18 {
		h, l := bits.Mul64(n, pow10[shift])
		return signed(h, l, negative, precision, text)
	}
	return parseWide(text, mantissa, shift, negative, precision, scale)
}

func parseExponent(text []byte) (int, bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return 0, false
	}
	text = text[1:]
	negative := false
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		negative = text[0] == '-'
		text = text[1:]
	}
	if len(text) == 0 {
		return 0, false
	}
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n <= maxExponent {
			n = n*10 + int(c-'0')
		}
	}
	if n > maxExponent {
		n = maxExponent + 1
	}
	if negative {
		n = -n
	}
	return n, true
}

// parseWide is the rare way: more than 18 digits, or an exponent that moves the point far.
func parseWide(text, mantissa []byte, shift int, negative bool, precision, scale int) (int64, uint64, error) {
	digits := make([]byte, 0, len(mantissa))
	for _, c := range mantissa {
		if c != '.' && (c != '0' || len(digits) > 0) {
			digits = append(digits, c)
		}
	}
	for len(digits) > 0 && digits[len(digits)-1] == '0' && shift < 0 {
		digits, shift = digits[:len(digits)-1], shift+1
	}
	if len(digits) == 0 {
		return 0, 0, nil
	}
	if shift < 0 {
		return 0, 0, fmt.Errorf("%w (%d): %s", ErrPrecision, scale, quote(text))
	}
	if len(digits)+shift > precision {
		return 0, 0, fmt.Errorf("%w (%d digits): %s", ErrRange, precision, quote(text))
	}
	for ; shift > 0; shift-- {
		digits = append(digits, '0')
	}
	n, _ := new(big.Int).SetString(string(digits), 10)
	lo := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0))).Uint64()
	hi := new(big.Int).Rsh(n, 64).Uint64()
	return signed(hi, lo, negative, precision, text)
}

// signed applies the sign and holds the value to the column's digits: the bound that nothing behind it checks again.
func signed(hi, lo uint64, negative bool, precision int, text []byte) (int64, uint64, error) {
	limitHi, limitLo := limit(precision)
	if hi > limitHi || hi == limitHi && lo >= limitLo {
		return 0, 0, fmt.Errorf("%w (%d digits): %s", ErrRange, precision, quote(text))
	}
	if negative {
		lo = -lo
		hi = ^hi
		if lo == 0 {
			hi++
		}
	}
	return int64(hi), lo, nil
}

// limit is 10^precision as 128 bits, for the precisions up to 18 and 38 that our columns have.
func limit(precision int) (hi, lo uint64) {
	if precision <= 18 {
		return 0, pow10[precision]
	}
	return bits.Mul64(1e19, 1e19)
}

func quote(text []byte) string {
	const most = 60
	if len(text) > most {
		return fmt.Sprintf("%q… (%d bytes)", text[:most], len(text))
	}
	return fmt.Sprintf("%q", text)
}
