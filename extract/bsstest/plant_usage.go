package bsstest

import "slices"

// Kinds of plants in packages and bandwidth points.
const (
	Peak95Off         = "peak95_off"          // the summary of a bandwidth says Amount Mbps more than its points make
	Peak95Hidden      = "peak95_hidden"       // Amount points of a bandwidth, none that any algorithm bills, are not given out
	Peak95BothCodes   = "peak95_both_codes"   // a bandwidth stands under both codes to base 1000
	Peak95ChargeOff   = "peak95_charge_off"   // the charge of a bandwidth is Amount more than bandwidth x price; the monthly sum has it too
	GuaranteeOff      = "guarantee_off"       // the guarantee in a summary is Amount Mbps more than the mean of the days; what is billed stays
	PackageDeducted   = "package_deducted"    // a package gave Amount more of its unit than the fee record shows as covered
	PackageRollBroken = "package_roll_broken" // before a package's last deduction Amount of its unit is gone without a record
	PackageUnused     = "package_unused"      // a package's last deduction did not take place: the usage is charged by use, though quota is left
)

// plantsOfUsage change packages and 95th-percentile series.
var plantsOfUsage = map[string]planter{
	Peak95Off: spoilPeak(func(s *peakSpoil, amount int64) { s.billed += amount / centMbps }),
	Peak95Hidden: spoilPeak(func(s *peakSpoil, amount int64) {
		s.hidden += int(amount / one)
	}),
	GuaranteeOff: spoilPeak(func(s *peakSpoil, amount int64) { s.guaranteed += amount / centMbps }),
	Peak95BothCodes: func(w *World, a *account, p Plant, _ int64) {
		again := *a.peakFor(p.Kind)
		again.usageType = map[string]string{code95peak1000: code95Peak1000, code95Peak1000: code95peak1000}[again.usageType]
		a.customer.peaks = append(a.customer.peaks, &again)
		w.peaks = append(w.peaks, &again)
	},
	Peak95ChargeOff: func(_ *World, a *account, p Plant, amount int64) {
		peak := a.peakFor(p.Kind)
		k := slices.IndexFunc(a.special, func(r record) bool { return r.resource == peak.resource && r.usageType == peak.usageType })
		if k < 0 {
			panic("bsstest: plant " + p.Kind + ": customer " + a.customer.ID + " has no charge of a bandwidth")
		}
		if a.changed == nil {
			a.changed = map[int]*change{}
		}
		a.changed[k] = &change{kind: p.Kind, payment: amount}
	},
	PackageDeducted: func(_ *World, a *account, p Plant, amount int64) {
		item, last := a.deductionFor(p.Kind)
		x := amount / packageUnit
		last.used += x
		last.remaining -= x
		item.take(last, x)
	},
	PackageRollBroken: func(_ *World, a *account, p Plant, amount int64) {
		item, last := a.deductionFor(p.Kind)
		x := amount / packageUnit
		last.available -= x
		last.remaining -= x
		item.take(last, x)
	},
	PackageUnused: func(_ *World, a *account, p Plant, _ int64) {
		item, last := a.unleaked()
		if last == nil {
			panic("bsstest: plant " + p.Kind + ": customer " + a.customer.ID + " has no package whose kind of usage is not charged yet")
		}
		k := slices.IndexFunc(a.special, func(r record) bool { return r.resource == item.covers && r.from == last.from })
		r := &a.special[k]
		r.free = 0
		r.rate(r.usage, a.customer.discount)
		item.take(last, -last.used)
		item.deductions = item.deductions[:len(item.deductions)-1]
	},
}

// Amounts of plants are in 1e-8: bandwidths have two decimals, package quantities four.
const (
	centMbps    = one / 100
	packageUnit = one / 10_000
)

func spoilPeak(spoil func(s *peakSpoil, amount int64)) planter {
	return func(w *World, a *account, p Plant, amount int64) {
		peak := a.peakFor(p.Kind)
		if peak.spoiled == nil {
			peak.spoiled = map[int]peakSpoil{}
		}
		s := peak.spoiled[a.month.index]
		spoil(&s, amount)
		peak.spoiled[a.month.index] = s
		w.peakMu.Lock()
		clear(w.peakMemo)
		w.peakMu.Unlock()
	}
}

// fits says whether an account has what a plant changes. Plants of other topics look for that themselves.
func (a *account) fits(kind string) bool {
	switch kind {
	case Peak95Off, Peak95Hidden, Peak95BothCodes, Peak95ChargeOff, GuaranteeOff:
		return a.peakWith(kind) != nil
	case PackageDeducted, PackageRollBroken:
		_, last := a.lastDeduction()
		return last != nil
	case PackageUnused:
		_, last := a.unleaked()
		return last != nil
	}
	return true
}

// unleaked finds an item with two deductions, the later in the month, in whose window no usage of the kind it covers was charged, and the later one.
func (a *account) unleaked() (*pkgItem, *deduction) {
	for _, p := range a.customer.packages {
		for _, it := range p.items {
			n := len(it.deductions)
			if n < 2 || it.deductions[n-1].month != a.month.index || it.deductions[n-1].used*it.perUnit*it.covers.product.price < 2*cent {
				continue
			}
			last := &it.deductions[n-1]
			start, end := p.window(it, last.at)
			leaks := false
			var r record
			for k := 0; k < a.records && !leaks; k++ {
				a.record(k, &r)
				leaks = r.mode == 3 && r.kind == 5 && r.payment > 0 && r.usageType == it.covers.product.usageType &&
					r.resource.product.kind == it.covers.product.kind && r.resource.region.code == p.region.code && start <= r.from && r.from < end
			}
			if !leaks {
				return it, last
			}
		}
	}
	return nil, nil
}

// peakWith finds the customer's first bandwidth that a plant can change so that nothing else changes with it; nil: none.
func (a *account) peakWith(kind string) *peak {
	for _, p := range a.customer.peaks {
		slack := true
		switch kind {
		case GuaranteeOff:
			slack = p.enhanced
		case Peak95Hidden: // enough points must be left that floor(5 %) of them is the same number
			slack = p.enhanced || p.computed(a.month).count*5%100/5 >= 3
		case Peak95BothCodes:
			slack = p.usageType == code95peak1000 || p.usageType == code95Peak1000
		case Peak95ChargeOff:
			slack = slices.ContainsFunc(a.special, func(r record) bool { return r.resource == p.resource && r.usageType == p.usageType })
		}
		if slack {
			return p
		}
	}
	return nil
}

func (a *account) peakFor(kind string) *peak {
	p := a.peakWith(kind)
	if p == nil {
		panic("bsstest: plant " + kind + ": customer " + a.customer.ID + " has no bandwidth that fits")
	}
	return p
}

// lastDeduction finds an item with two deductions of the month in one window, so that a break between them shows, and the later
// of them, after which something is left.
func (a *account) lastDeduction() (*pkgItem, *deduction) {
	for _, p := range a.customer.packages {
		for _, it := range p.items {
			n := len(it.deductions)
			if n < 2 || it.deductions[n-2].month != a.month.index || it.deductions[n-1].month != a.month.index {
				continue
			}
			before, last := &it.deductions[n-2], &it.deductions[n-1]
			if before.remaining == last.available && last.remaining > 100*pow10[packageDigits] {
				return it, last
			}
		}
	}
	return nil, nil
}

func (a *account) deductionFor(kind string) (*pkgItem, *deduction) {
	it, last := a.lastDeduction()
	if last == nil {
		panic("bsstest: plant " + kind + ": customer " + a.customer.ID + " has no package with two deductions")
	}
	return it, last
}

// take takes x from what is left of the item, where its current window is still that of the deduction.
func (it *pkgItem) take(last *deduction, x int64) {
	if it.start <= last.at && last.at < it.end {
		it.left -= x
	}
}
