package partnerbill

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

const zh = "账单,2026-10\n客户ID,客户名称,账期,账单类型,应付金额,税额,币种\n" +
	"C1,\"北京云帆, 信息\",2026-10,消费,\"1,234.56\",74.07,CNY\n" +
	",自用,202610,消费,88.00,,CNY\n" +
	"\t'C2,上海星海,2026年10月,退款,-0.10,-0.01,CNY\n" +
	"C3,别月,2026-09,消费,5,0.3,CNY\n" +
	"\n" +
	"合计,,,,\"1,327.46\",,\n"

// told is what a bill says, one line a line.
func told(b *Bill) string {
	var all []string
	for _, l := range b.Lines {
		own := ""
		if l.Own {
			own = " own"
		}
		tax := "-"
		if l.TaxAmount.Valid {
			tax = l.TaxAmount.Decimal.String()
		}
		all = append(all, fmt.Sprintf("%d %s|%s|%s|%s|%s%s", l.FileLine, l.CustomerID, l.CustomerName, l.BillType, l.Amount, tax, own))
	}
	return strings.Join(append(all, fmt.Sprintf("sum %s, others %d", b.Amount, b.Others)), "\n")
}

const wantZh = "3 C1|北京云帆, 信息|消费|1234.56|74.07\n4 |自用|消费|88|-\n5 C2|上海星海|退款|-0.1|-0.01\nsum 1322.46, others 1"

func TestEncodings(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(zh))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"utf-8": []byte(zh), "with a byte order mark": []byte("\ufeff" + zh), "gb18030": gb,
		"windows lines": []byte(strings.ReplaceAll(zh, "\n", "\r\n")), "xlsx": book(t, zh),
	} {
		b, err := Read(content, Options{Cycle: "2026-10"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(wantZh, told(b)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// book writes a CSV text as a workbook behind a sheet of words, amounts as number cells.
func book(t *testing.T, text string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.SetCellStr("Sheet1", "A1", "说明"))
	_, err := f.NewSheet("账单明细")
	must(err)
	for i, line := range strings.Split(text, "\n") {
		line = strings.ReplaceAll(line, "\"北京云帆, 信息\"", "北京云帆; 信息")
		line = strings.NewReplacer("\"1,234.56\"", "1234.56", "\"1,327.46\"", "1327.46").Replace(line)
		for k, cell := range strings.Split(line, ",") {
			at, err := excelize.CoordinatesToCellName(k+1, i+1)
			must(err)
			cell = strings.ReplaceAll(cell, ";", ",")
			if strings.Trim(cell, "-.0123456789") == "" && strings.Contains(cell, ".") {
				var n float64
				_, err := fmt.Sscan(cell, &n)
				must(err)
				must(f.SetCellFloat("账单明细", at, n, -1, 64))
				continue
			}
			must(f.SetCellStr("账单明细", at, strings.TrimPrefix(cell, "\t")))
		}
	}
	var b bytes.Buffer
	must(f.Write(&b))
	return b.Bytes()
}

func TestColumnsOfTheConfig(t *testing.T) {
	text := "Konto;x\nAcc\tWho\tMonth\tNet\nA1\tC9\t2026/1\t¥ 3.50\nA2\tOWN\t2026/1\t+1e2\n"
	b, err := Read([]byte(text), Options{Cycle: "2026-01", Columns: map[string]string{CustomerID: "who", Cycle: "Month", Amount: "Net"}, Own: []string{"OWN"}})
	if err == nil {
		t.Fatalf("the first line is of commas, the second of tabs: %v", told(b))
	}
	b, err = Read([]byte(text[strings.Index(text, "\n")+1:]), Options{Cycle: "2026-01", Columns: map[string]string{CustomerID: "who", Cycle: "Month", Amount: "Net"}, Own: []string{"OWN"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := told(b), "2 C9|||3.5|-\n3 OWN|||100|- own\nsum 103.5, others 0"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if diff := cmp.Diff(map[string]string{CustomerID: "Who", Cycle: "Month", Amount: "Net"}, b.Columns); diff != "" {
		t.Error(diff)
	}
}

func TestTaxIsTakenOff(t *testing.T) {
	b, err := Read([]byte(zh), Options{Cycle: "2026-10", AmountsIncludeTax: true})
	if err != nil {
		t.Fatal(err)
	}
	if b.Amount.String() != "1248.4" { // 1322.46 - 74.07 + 0.01
		t.Errorf("got %s", b.Amount)
	}
}

func TestFaults(t *testing.T) {
	head := "客户ID,账期,应付金额\n"
	for name, c := range map[string]struct {
		text string
		o    Options
		want string
	}{
		"empty":           {text: "", want: "the file is empty"},
		"no headers":      {text: "a,b\n1,2\n", want: "set partner_bill.columns in the config to the headers of the file; its fullest row at the top is: a, b"},
		"header is none":  {text: head, o: Options{Columns: map[string]string{BillType: "Art"}}, want: "a column Art is not there"},
		"all at once":     {text: head + "C1,2026-13,1\nC1,2026-10,x\nC1,2026-10,0.123456789\n", want: "line 2, column 2: \"2026-13\" is no billing cycle; write YYYY-MM\nline 3, column 3: \"x\" is no amount; write yuan with up to 8 decimals\nline 4, column 3: \"0.123456789\" has more than 8 decimals"},
		"total is off":    {text: head + "C1,2026-10,1\n合计,,1.01\n", want: "line 3, column 3: the file says 1.01 in all, its lines sum up to 1"},
		"other cycle":     {text: head + "C1,2026-09,1\n", want: "all 1 lines are of other billing cycles than 2026-10"},
		"no line":         {text: head, want: "there is no line below the headers"},
		"tax without":     {text: head + "C1,2026-10,1\n", o: Options{AmountsIncludeTax: true}, want: "no column of tax"},
		"too large":       {text: head + "C1,2026-10,10000000000\n", want: "is too large"},
		"huge exponent":   {text: head + "C1,2026-10,1e999999999\n", want: "is no amount"},
		"odd thousands":   {text: head + "C1,2026-10,\"1,2345.00\"\n", want: "is no amount"},
		"utf-16":          {text: "\xff\xfea\x00", want: "UTF-16"},
		"binary":          {text: "\x00\x01", want: "neither a text nor an xlsx"},
		"no encoding":     {text: head + "\xff\xff,2026-10,1\n", want: "neither in UTF-8 nor in GB 18030"},
		"said to be utf8": {text: "\xbf\xcd,1\n", o: Options{Encoding: "utf-8"}, want: "not in UTF-8"},
		"broken workbook": {text: "PK\x03\x04broken", want: "the workbook cannot be read"},
	} {
		c.o.Cycle = "2026-10"
		_, err := Read([]byte(c.text), c.o)
		var faults Error
		if !errors.As(err, &faults) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := Read(book(t, zh), Options{Cycle: "2026-10", Sheet: "x"}); err == nil || !strings.Contains(err.Error(), "one of Sheet1, 账单明细") {
		t.Errorf("got %v", err)
	}
	if _, err := Read(book(t, strings.Replace(zh, "88.00", "acht", 1)), Options{Cycle: "2026-10", Sheet: "账单明细"}); err == nil || !strings.Contains(err.Error(), "账单明细!E4: \"acht\" is no amount") {
		t.Errorf("got %v", err)
	}
}

// A number cell with the digits of a binary fraction is what the spreadsheet shows of it.
func TestBinaryFraction(t *testing.T) {
	for text, want := range map[string]string{"0.30000000000000004": "0.3", "1234567.8900000001": "1234567.89", "12345678.12345678": "12345678.12345678", "1.0000000000000001E-2": "0.01"} {
		n, err := amount(text, true)
		if err != nil || n.String() != want {
			t.Errorf("%s: got %s, %v; want %s", text, n, err, want)
		}
		if _, err := amount(text, false); (err == nil) != (text == want) {
			t.Errorf("%s in a text: %v", text, err)
		}
	}
}

// FuzzRead: no file makes it panic, and what it accepts sums up.
func FuzzRead(f *testing.F) {
	f.Add([]byte(zh))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("amount\n1\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		b, err := Read(content, Options{Cycle: "2026-10"})
		if err != nil {
			return
		}
		sum := b.Amount
		for _, l := range b.Lines {
			sum = sum.Sub(l.Amount)
			if !l.Amount.Equal(l.Amount.Truncate(8)) {
				t.Errorf("%s cannot stand in its column", l.Amount)
			}
		}
		if !sum.IsZero() || len(b.Lines) == 0 {
			t.Errorf("%d lines leave %s", len(b.Lines), sum)
		}
	})
}

func TestAnotherCurrency(t *testing.T) {
	_, err := Read([]byte("客户ID,应付金额,币种\nC1,3.50,USD\nC2,1.00,人民币\n"), Options{Cycle: "2026-10"})
	if err == nil || !strings.Contains(err.Error(), `"USD" is another currency`) || strings.Contains(err.Error(), "人民币") {
		t.Errorf("a bill in dollars: %v", err)
	}
}
