package load

import (
	"context"
	"fmt"
	"math/big"
	"strings"
)

// UnitFamily is what the unit graph knows of a unit: one of it is Factor of its family's smallest unit.
type UnitFamily struct {
	MeasureID int64
	Unit      string
	Factor    *big.Int
}

// SetFamilies notes the families of a cycle's units in source.measure_units.
func (w *Warehouse) SetFamilies(ctx context.Context, cycle string, families []UnitFamily) error {
	// What DECIMAL(38,12) cannot hold stays NULL: no unit of the service comes near.
	bound := new(big.Int).Exp(big.NewInt(10), big.NewInt(26), nil)
	var rows []string
	for _, f := range families {
		if f.Factor.CmpAbs(bound) < 0 {
			rows = append(rows, fmt.Sprintf("(%d, %s, cast(%s as decimal(38,12)))", f.MeasureID, quote(f.Unit), f.Factor))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	query := fmt.Sprintf(`update source.measure_units set family_unit = f.unit, family_factor = f.factor
		from (values %s) as f (measure_id, unit, factor)
		where source.measure_units.measure_id = f.measure_id and cycle = %s`, strings.Join(rows, ", "), quote(cycle))
	if _, err := w.conn.ExecContext(ctx, query); err != nil {
		return fmt.Errorf("unit families: %w", err)
	}
	return nil
}
