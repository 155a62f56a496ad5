package main

import (
	"context"
	"maps"
	"slices"

	"settle/extract"
	"settle/extract/archive"
	"settle/load"
	"settle/transform"
	"settle/transform/units"
)

// dataset joins how a dataset is fetched and read (extract) with how its rows become batches (transform) and the tables
// that hold them (load).
type dataset struct {
	extract.Source
	tables []load.Table // the first holds the records, the others their nested lists
	load   func(ctx context.Context, tx *load.Tx, a *archive.Archive, packages []archive.Manifest, graph *units.Graph) ([]load.WindowRow, error)
}

// datasets are all datasets, in the order in which a run needs them. A new one is one line here, and its windows in plan.go.
var datasets = []dataset{
	rowsOf(extract.MeasureUnits), // their family columns need the conversions too: see readUnits
	rowsOf(extract.UnitConversions),
	rowsOf(extract.UsageTypes),
	rowsOf(extract.ServiceTypes),
	rowsOf(extract.ResourceTypes),
	rowsOf(extract.IndirectPartners),
	rowsOf(extract.SubCustomers),
	rowsOf(extract.ConsumingCustomers),
	keyed(extract.ConsumptionRecords, normalise, func(r *extract.ConsumptionRecord) string { return r.RecordKey }, (*load.Tx).KeyRecords),
	nestedIn(extract.MonthlyBills, "monthly_bill_accounts", (*extract.MonthlyBill).Accounts),
	nestedIn(extract.ResourcePackages, "resource_package_contents", (*extract.ResourcePackage).Contents),
	rowsOf(extract.ResourcePackageQuotas),
	rowsOf(extract.ResourcePackageUsage),
	rowsOf(extract.Peak95Summaries),
	rowsOf(extract.Peak95Points),
	rowsOf(extract.RefundOrders),
	rowsOf(extract.PartnerAdjustments),
	rowsOf(extract.PartnerBalances),
	rowsOf(extract.CustomerBalances),
	rowsOf(extract.PartnerAccountChanges),
	rowsOf(extract.PartnerBills),
}

var (
	quarantine = tableOf[extract.Unfit]("source", "quarantine")
	novelties  = tableOf[extract.Novelty]("source", "unknown_fields")
)

// datasetNamed finds a dataset by its name.
func datasetNamed(name string) (dataset, bool) {
	i := slices.IndexFunc(datasets, func(d dataset) bool { return d.Name == name })
	if i < 0 {
		return dataset{}, false
	}
	return datasets[i], true
}

// sourceTables lists the tables that packages fill.
func sourceTables() []load.Table {
	byName := map[string]load.Table{}
	for _, d := range datasets {
		for _, t := range d.tables {
			byName[t.Name] = t
		}
	}
	all := []load.Table{quarantine, novelties}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, byName[name])
	}
	return all
}

func tableOf[R any](schema, name string) load.Table {
	t := load.Table{Schema: schema, Name: name}
	for _, c := range transform.Columns[R]() {
		t.Columns = append(t.Columns, load.Column{Name: c.Name, Type: c.SQLType(), NotNull: c.NotNull})
	}
	return t
}

// prepare completes a record with what the unit graph knows.
type prepare[R any] func(*units.Graph, *R)

// rekey gives the records of windows in which a key stands twice other keys; it runs when their rows are in the table.
type rekey func(tx *load.Tx, ctx context.Context, windows []int64) error

func rowsOf[R any](d extract.Dataset[R]) dataset {
	return withNested(stage[R, extract.Origin]{dataset: d}, "")
}

func keyed[R any](d extract.Dataset[R], p prepare[R], key func(*R) string, then rekey) dataset {
	return withNested(stage[R, extract.Origin]{dataset: d, prepare: p, key: key, rekey: then}, "")
}

func nestedIn[R, C any](d extract.Dataset[R], name string, nested func(*R, func(C))) dataset {
	return withNested(stage[R, C]{dataset: d, nested: nested}, name)
}

// withNested makes the dataset whose loading begins as s says; name is the table of the nested rows.
func withNested[R, C any](s stage[R, C], name string) dataset {
	d := s.dataset
	one := dataset{Source: d.Source, tables: []load.Table{tableOf[R]("source", d.Table)}}
	if s.nested != nil {
		one.tables = append(one.tables, tableOf[C]("source", name))
	}
	one.load = func(ctx context.Context, tx *load.Tx, a *archive.Archive, packages []archive.Manifest, graph *units.Graph) ([]load.WindowRow, error) {
		work := s
		work.tables, work.graph, work.archive, work.packages = one.tables, graph, a, packages
		return work.run(ctx, tx)
	}
	return one
}

// normalise expresses a usage quantity in its family's smallest unit; an unknown unit leaves it NULL.
func normalise(g *units.Graph, r *extract.ConsumptionRecord) {
	id, ok := r.UsageMeasureID.Int64()
	if !ok || !r.UsageAmount.Valid() {
		return
	}
	factor, unit, known := g.Normal(id)
	if !known {
		return
	}
	if n, fits := r.UsageAmount.Times(factor); fits {
		r.UsageNormal, r.UsageNormalUnit = n, unit
	}
}
