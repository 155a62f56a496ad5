package bsstest

import (
	"net/http"
	"sync"
	"time"
)

// Fault is one disturbed answer. Several members may be set; those about pages do nothing to an answer without pages.
type Fault struct {
	Status        int    // an error answer with Code and Message
	Code, Message string //
	Delay         time.Duration
	Cut           int    // the connection ends after so many bytes of the body
	Reset         bool   // the connection is reset before an answer
	MoveTotal     bool   // the announced total is one too high
	DuplicatePage bool   // the page before is sent again
	ShiftRows     bool   // the page begins one row early (the first page: one row late)
	WrongType     bool   // an object where the first row has its first number
	UnknownField  bool   // a member that no document knows in the first row
	ErrorIn200    string // HTTP 200 with this error_code
	TinyNumbers   bool   // numbers with exponents, 0E-8, as Java prints them
}

// Kinds of planned faults.
const (
	FaultThrottle      = "throttle"       // 429 APIGW.0308
	FaultBusy          = "busy"           // 429 CBC.0250
	FaultServer        = "server"         // 500 CBC.0999
	FaultGateway       = "gateway"        // 502, 503 or 504 APIGW.0201
	FaultCut           = "cut"            //
	FaultSlow          = "slow"           // a body that stops for a moment
	FaultReset         = "reset"          //
	FaultMoveTotal     = "move_total"     // at most once a window
	FaultDuplicatePage = "duplicate_page" // at most once a window
	FaultShiftRows     = "shift_rows"     // at most once a window
	FaultErrorIn200    = "error_in_200"   // at most once a request
	FaultTiny          = "tiny_numbers"   //
	FaultUnknownField  = "unknown_field"  // content stays, findings do not: not in DefaultFaults
	FaultWrongType     = "wrong_type"     // spoils a record: not in DefaultFaults
)

// FaultPlan disturbs a share of all requests, chosen by the request and not by its time: the same plan meets the same
// requests in the same way, however they are interleaved. No request fails more than three times in a row, and what
// makes a client start a window again happens once a window, so that bounded retries get through.
type FaultPlan struct {
	Seed  uint64
	Rate  float64 // share of requests that get a fault, 0 to 1
	Kinds []string
}

// DefaultFaults is every kind of fault that a correct client survives with the same content, on a tenth of the requests.
func DefaultFaults(seed uint64) *FaultPlan {
	return &FaultPlan{Seed: seed, Rate: 0.1, Kinds: []string{
		FaultThrottle, FaultBusy, FaultServer, FaultGateway, FaultCut, FaultSlow, FaultReset,
		FaultMoveTotal, FaultDuplicatePage, FaultShiftRows, FaultErrorIn200, FaultTiny,
	}}
}

// planner carries a FaultPlan out.
type planner struct {
	plan FaultPlan
	mu   sync.Mutex
	seen map[uint64]*faultState // by request
	once map[uint64]bool        // by window or request, and kind
}

type faultState struct {
	tries uint64
	row   int // faults in a row
}

func newPlanner(p *FaultPlan) *planner {
	if p == nil {
		return nil
	}
	for _, k := range p.Kinds {
		if faultOf(k, 0) == nil {
			panic("bsstest: unknown kind of fault " + k)
		}
	}
	return &planner{plan: *p, seen: map[uint64]*faultState{}, once: map[uint64]bool{}}
}

// next decides about one request. window identifies it without its offset; iam marks a request that has no pages.
func (p *planner) next(request, window uint64, iam bool) *Fault {
	if p == nil || len(p.plan.Kinds) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	state := p.seen[request]
	if state == nil {
		state = &faultState{}
		p.seen[request] = state
	}
	h := hash(p.plan.Seed, request, state.tries)
	state.tries++
	const grain = 1 << 24
	if float64(h%grain) >= p.plan.Rate*grain || state.row == 3 {
		state.row = 0
		return nil
	}
	kind := p.plan.Kinds[h>>24%uint64(len(p.plan.Kinds))]
	scope := request
	switch kind {
	case FaultMoveTotal, FaultDuplicatePage, FaultShiftRows:
		scope = window
		fallthrough
	case FaultErrorIn200:
		if key := hash(scope, hashText(kind)); iam || p.once[key] {
			kind = FaultThrottle
		} else {
			p.once[key] = true
		}
	case FaultTiny, FaultSlow, FaultUnknownField, FaultWrongType:
		state.row = 0
		return faultOf(kind, h>>32)
	}
	state.row++
	return faultOf(kind, h>>32)
}

func faultOf(kind string, h uint64) *Fault {
	switch kind {
	case FaultThrottle:
		return &Fault{Status: http.StatusTooManyRequests, Code: "APIGW.0308", Message: "The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 second"}
	case FaultBusy:
		return &Fault{Status: http.StatusTooManyRequests, Code: "CBC.0250", Message: "Flow control."}
	case FaultServer:
		return &Fault{Status: http.StatusInternalServerError, Code: "CBC.0999", Message: "Other errors."}
	case FaultGateway:
		return &Fault{Status: http.StatusBadGateway + int(h%3), Code: "APIGW.0201", Message: "Backend timeout."}
	case FaultCut:
		return &Fault{Cut: 1 + int(h%400)}
	case FaultSlow:
		return &Fault{Delay: time.Duration(5+h%20) * time.Millisecond}
	case FaultReset:
		return &Fault{Reset: true}
	case FaultMoveTotal:
		return &Fault{MoveTotal: true}
	case FaultDuplicatePage:
		return &Fault{DuplicatePage: true}
	case FaultShiftRows:
		return &Fault{ShiftRows: true}
	case FaultErrorIn200:
		return &Fault{ErrorIn200: "CBC.5001"}
	case FaultTiny:
		return &Fault{TinyNumbers: true}
	case FaultUnknownField:
		return &Fault{UnknownField: true}
	case FaultWrongType:
		return &Fault{WrongType: true}
	}
	return nil
}

// requestKeys identify a request, and the window it belongs to, by who asks what.
func requestKeys(c *call, q *query, caller *credential) (request, window uint64) {
	h := hashText(c.path)
	if caller.customer != nil {
		h = hash(h, caller.customer.seed)
	}
	window = h
	for _, name := range sortedKeys(q.values) {
		part := hash(hashText(name), hashText(q.values.Get(name)))
		h = hash(h, part)
		if name != "offset" && name != "limit" {
			window = hash(window, part)
		}
	}
	for _, name := range sortedKeys(q.body) {
		part := hash(hashText(name), hashText(text(q.body[name])))
		h = hash(h, part)
		if name != "offset" && name != "limit" {
			window = hash(window, part)
		}
	}
	return h, window
}

// disturb applies the faults of a page to what was asked for. An answer that does not page has no total to move and no
// neighbour to repeat.
func (f *Fault) disturb(p page, q *query, paged bool) page {
	if f == nil {
		return p
	}
	if f.MoveTotal && paged {
		p.moved = 1
	}
	if f.DuplicatePage && paged {
		p.offset -= min(p.offset, p.limit)
	}
	if f.ShiftRows && paged {
		if p.offset > 0 {
			p.offset--
		} else {
			p.offset++
		}
	}
	p.wrongType, p.unknownField = f.WrongType, f.UnknownField
	q.style.tiny = q.style.tiny || f.TinyNumbers
	return p
}

// instead says that the fault acts on an answer and not instead of one.
func (f *Fault) instead() bool { return f.Status != 0 || f.Reset || f.ErrorIn200 != "" }
