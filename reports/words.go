package reports

import (
	"math/big"
	"strings"
)

// Words writes an amount in Chinese capital numerals (大写金额), as invoices and statements carry it: 1409.50 is 壹仟肆佰零玖元伍角整.
// cents may have any size; a negative amount gets the prefix 负. A run of zeros inside becomes one 零; where the rules leave
// a choice, the short form is taken except between 元 and 角.
func Words(cents *big.Int) string {
	n := new(big.Int).Abs(cents)
	yuan, rest := new(big.Int).QuoRem(n, big.NewInt(100), new(big.Int))
	jiao, fen := int(rest.Int64()/10), int(rest.Int64()%10)

	var b strings.Builder
	if cents.Sign() < 0 {
		b.WriteString("负")
	}
	if yuan.Sign() > 0 {
		b.WriteString(integerWords(yuan))
		b.WriteString("元")
	}
	endsInZero := yuan.Sign() > 0 && new(big.Int).Mod(yuan, big.NewInt(10)).Sign() == 0
	switch {
	case jiao == 0 && fen == 0 && yuan.Sign() == 0:
		return "零元整"
	case jiao == 0 && fen == 0:
		b.WriteString("整")
	case jiao == 0:
		if yuan.Sign() > 0 {
			b.WriteString("零")
		}
		b.WriteString(numeral[fen] + "分")
	default:
		if endsInZero {
			b.WriteString("零")
		}
		b.WriteString(numeral[jiao] + "角")
		if fen == 0 {
			b.WriteString("整")
		} else {
			b.WriteString(numeral[fen] + "分")
		}
	}
	return b.String()
}

var (
	numeral = [10]string{"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}
	place   = [4]string{"仟", "佰", "拾", ""}
)

// integerWords names a positive whole number: groups of four digits under 万, and all above eight digits before 亿.
func integerWords(n *big.Int) string {
	yi := big.NewInt(100_000_000)
	high, low := new(big.Int).QuoRem(n, yi, new(big.Int))
	wan, ones := int(low.Int64()/10_000), int(low.Int64()%10_000)
	var b strings.Builder
	if high.Sign() > 0 {
		b.WriteString(integerWords(high) + "亿")
	}
	for _, g := range []struct {
		value int
		unit  string
	}{{wan, "万"}, {ones, ""}} {
		if g.value == 0 {
			continue
		}
		// A gap needs its 零 when something stands before it and this group does not begin with thousands, or a whole group is missing.
		if b.Len() > 0 && (g.value < 1000 || g.unit == "" && wan == 0) {
			b.WriteString("零")
		}
		b.WriteString(groupWords(g.value) + g.unit)
	}
	return b.String()
}

// groupWords names 1 to 9999.
func groupWords(n int) string {
	var b strings.Builder
	gap := false
	for i, unit := 0, 1000; unit > 0; i, unit = i+1, unit/10 {
		d := n / unit % 10
		if d == 0 {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteString("零")
			gap = false
		}
		b.WriteString(numeral[d] + place[i])
	}
	return b.String()
}
