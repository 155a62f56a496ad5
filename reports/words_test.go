package reports

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for _, c := range []struct {
		cents int64
		want  []string // accepted forms
	}{
		{140950, []string{"壹仟肆佰零玖元伍角整", "壹仟肆佰零玖元伍角"}},
		{600714, []string{"陆仟零柒元壹角肆分"}},
		{168032, []string{"壹仟陆佰捌拾元叁角贰分", "壹仟陆佰捌拾元零叁角贰分"}},
		{10700053, []string{"壹拾万柒仟元零伍角叁分", "壹拾万零柒仟元伍角叁分"}},
		{1640902, []string{"壹万陆仟肆佰零玖元零贰分"}},
		{32504, []string{"叁佰贰拾伍元零肆分"}},
		{1272000, []string{"壹万贰仟柒佰贰拾元整"}},
		{0, []string{"零元整"}},
		{5, []string{"伍分"}},
		{50, []string{"伍角整"}},
		{105, []string{"壹元零伍分"}},
		{-1272000, []string{"负壹万贰仟柒佰贰拾元整"}},
		{1000000000000, []string{"壹佰亿元整"}},
		{10000000100, []string{"壹亿零壹元整"}},
		{10001000000, []string{"壹亿零壹万元整"}},
		{1001000100, []string{"壹仟零壹万零壹元整"}},
		{100000000000000, []string{"壹万亿元整"}},
		{1000100, []string{"壹万零壹元整"}},
		{1010010, []string{"壹万零壹佰元零壹角整", "壹万零壹佰元壹角整"}},
		{-5, []string{"负伍分"}},
		{-140950, []string{"负壹仟肆佰零玖元伍角整"}},
		{20000000001, []string{"贰亿元零壹分"}},
	} {
		got := Words(big.NewInt(c.cents))
		ok := false
		for _, w := range c.want {
			ok = ok || got == w
		}
		if !ok {
			t.Errorf("Words(%d) = %s, want one of %v", c.cents, got, c.want)
		}
	}
}

// TestWordsReadBack has a reader of its own: what a clerk makes of the words is the amount again.
func TestWordsReadBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		n := new(big.Int).SetUint64(r.Uint64() >> r.IntN(64))
		if r.IntN(8) == 0 {
			n.Mul(n, big.NewInt(1_000_003))
		}
		if r.IntN(3) == 0 { // runs of zeros
			p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(r.IntN(12))), nil)
			n.Mul(n.Quo(n, p), p)
		}
		if r.IntN(4) == 0 {
			n.Neg(n)
		}
		text := Words(n)
		if got := readWords(t, text); got.Cmp(n) != 0 {
			t.Fatalf("%s cents is written %s, which reads %s", n, text, got)
		}
		for _, never := range []string{"零零", "零万", "零亿", "零元", "分整"} {
			if n.Sign() != 0 && strings.Contains(text, never) {
				t.Fatalf("%s cents is written %s, with %s", n, text, never)
			}
		}
	}
}

func readWords(t *testing.T, text string) *big.Int {
	t.Helper()
	negative := strings.HasPrefix(text, "负")
	text = strings.TrimSuffix(strings.TrimPrefix(text, "负"), "整")
	total, rest := new(big.Int), text
	if i := strings.Index(text, "元"); i >= 0 {
		total.Mul(readInteger(t, text[:i]), big.NewInt(100))
		rest = text[i+len("元"):]
	}
	digit := int64(0)
	for _, c := range rest {
		switch c {
		case '角':
			total.Add(total, big.NewInt(digit*10))
		case '分':
			total.Add(total, big.NewInt(digit))
		default:
			digit = digitOf(t, c)
		}
	}
	if negative {
		total.Neg(total)
	}
	return total
}

func readInteger(t *testing.T, text string) *big.Int {
	t.Helper()
	if i := strings.LastIndex(text, "亿"); i >= 0 {
		n := new(big.Int).Mul(readInteger(t, text[:i]), big.NewInt(100_000_000))
		return n.Add(n, readInteger(t, text[i+len("亿"):]))
	}
	if i := strings.LastIndex(text, "万"); i >= 0 {
		n := new(big.Int).Mul(readInteger(t, text[:i]), big.NewInt(10_000))
		return n.Add(n, readInteger(t, text[i+len("万"):]))
	}
	sum, digit := int64(0), int64(0)
	for _, c := range text {
		switch c {
		case '仟':
			sum, digit = sum+digit*1000, 0
		case '佰':
			sum, digit = sum+digit*100, 0
		case '拾':
			sum, digit = sum+digit*10, 0
		default:
			digit = digitOf(t, c)
		}
	}
	return big.NewInt(sum + digit)
}

func digitOf(t *testing.T, c rune) int64 {
	t.Helper()
	for i, n := range numeral {
		if n == string(c) {
			return int64(i)
		}
	}
	t.Fatalf("%q is no numeral", c)
	return 0
}
