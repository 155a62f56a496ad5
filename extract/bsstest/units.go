package bsstest

// unit is a row of ListMeasureUnits. The ids that the vendor documents are the service's own; the others only fill
// the families, since the full table is published nowhere.
type unit struct {
	id, kind     int
	zh, en, abbr string
}

// conversion is a row of ListConversions: 1 id = ratio ref.
type conversion struct {
	id, ref, kind int
	ratio         int64
}

// Measure ids used by the generated records.
const (
	unitDay, unitYuan, unitHour, unitMinute, unitSecond = 0, 1, 4, 5, 6

	unitGB, unitMB, unitKB, unitByte, unitTB = 10, 11, 12, 13, 9

	unitPiece, unitMbps, unitDiskGB = 14, 15, 17

	unitTimes, unitThousandTimes, unitTenThousandTimes = 25, 26, 27

	unitGBHour, unitPackageGBHour = 34, 37

	unitCoreHour, unitMbps1000 = 38, 51
)

var measureUnits = []unit{
	{unitDay, 2, "天", "Day", "d"},
	{unitYuan, 1, "元", "CNY", "Y"},
	{unitHour, 2, "小时", "hour", "h"},
	{unitMinute, 2, "分钟", "minute", "min"},
	{unitSecond, 2, "秒", "second", "s"},
	{unitTB, 3, "TB", "TB", "T"},
	{unitGB, 3, "GB", "GB", "G"},
	{unitMB, 3, "MB", "MB", "M"},
	{unitKB, 3, "KB", "KB", "K"},
	{unitByte, 3, "Byte", "Byte", "B"},
	{unitPiece, 4, "个", "piece", "pcs"},
	{unitMbps, 16, "Mbps", "Mbps", "Mbps"},
	{16, 16, "Gbps", "Gbps", "Gbps"},
	{unitDiskGB, 7, "GB", "GB", "GB"},
	{18, 7, "TB", "TB", "TB"},
	{19, 7, "MB", "MB", "MB"},
	{20, 16, "kbps", "kbps", "kbps"},
	{21, 16, "bps", "bps", "bps"},
	{22, 5, "千克", "kilogram", "kg"},
	{23, 6, "米", "meter", "m"},
	{24, 18, "QPS", "QPS", "QPS"},
	{unitTimes, 12, "次", "time", "times"},
	{unitThousandTimes, 12, "千次", "thousand times", "k times"},
	{unitTenThousandTimes, 12, "万次", "ten thousand times", "10k times"},
	{28, 10, "月", "month", "mo"},
	{29, 10, "年", "year", "yr"},
	{30, 9, "行", "row", "rows"},
	{31, 9, "百万行", "million rows", "M rows"},
	{unitGBHour, 15, "GB*小时", "GB*hour", "GBh"},
	{35, 15, "GB*秒", "GB*second", "GBs"},
	{36, 15, "TB*小时", "TB*hour", "TBh"},
	{unitPackageGBHour, 17, "GB*小时", "GB*hour", "GBh"},
	{unitCoreHour, 27, "核*小时", "core*hour", "core-h"},
	{39, 27, "核*分钟", "core*minute", "core-min"},
	{40, 27, "核*秒", "core*second", "core-s"},
	{41, 28, "GB*小时", "GB*hour", "mem-GBh"},
	{42, 28, "GB*秒", "GB*second", "mem-GBs"},
	{43, 22, "分钟", "minute", "video-min"},
	{44, 40, "TB", "TB", "TB-1000"},
	{45, 40, "GB", "GB", "GB-1000"},
	{46, 40, "MB", "MB", "MB-1000"},
	{47, 40, "KB", "KB", "KB-1000"},
	{48, 40, "Byte", "Byte", "B-1000"},
	{49, 22, "秒", "second", "video-s"},
	{50, 19, "Gbps", "Gbps", "Gbps"},
	{unitMbps1000, 19, "Mbps", "Mbps", "Mbps"},
	{52, 19, "kbps", "kbps", "kbps"},
	{53, 19, "bps", "bps", "bps"},
	{54, 26, "通用抵扣单位", "deduction unit", "unit"},
	{55, 29, "IOPS*小时", "IOPS*hour", "IOPSh"},
	{56, 30, "MB/s*小时", "MB/s*hour", "MBpsh"},
	{57, 31, "次/小时", "count/hour", "count/h"},
	{58, 41, "千tokens", "1K tokens", "K tokens"},
	{59, 104, "token", "token", "token"},
	{60, 104, "百万tokens", "1M tokens", "M tokens"},
	{61, 103, "港元", "HKD", "HK$"},
	{62, 108, "个*小时", "piece*hour", "pcs-h"},
	{63, 109, "字节", "byte", "byte"},
	{64, 110, "字符", "character", "char"},
	{65, 98, "MB*小时", "MB*hour", "cache-MBh"},
	{66, 82, "帧", "frame", "frame"},
	{67, 108, "个*秒", "piece*second", "pcs-s"},
	{68, 110, "千字符", "1K characters", "K char"},
}

// conversions form a tree per family, not a closed table: Day to second exists only by way of minute.
var conversions = []conversion{
	{unitDay, unitMinute, 2, 1440},
	{unitHour, unitMinute, 2, 60},
	{unitMinute, unitSecond, 2, 60},
	{unitTB, unitGB, 3, 1024},
	{unitGB, unitMB, 3, 1024},
	{unitMB, unitKB, 3, 1024},
	{unitKB, unitByte, 3, 1024},
	{18, unitDiskGB, 7, 1024},
	{unitDiskGB, 19, 7, 1024},
	{16, unitMbps, 16, 1024},
	{unitMbps, 20, 16, 1024},
	{20, 21, 16, 1024},
	{unitThousandTimes, unitTimes, 12, 1000},
	{unitTenThousandTimes, unitTimes, 12, 10_000},
	{29, 28, 10, 12},
	{31, 30, 9, 1_000_000},
	{36, unitGBHour, 15, 1024},
	{unitGBHour, 35, 15, 3600},
	{unitCoreHour, 39, 27, 60},
	{39, 40, 27, 60},
	{41, 42, 28, 3600},
	{43, 49, 22, 60},
	{44, 45, 40, 1000},
	{45, 46, 40, 1000},
	{46, 47, 40, 1000},
	{47, 48, 40, 1000},
	{50, unitMbps1000, 19, 1000},
	{unitMbps1000, 52, 19, 1000},
	{52, 53, 19, 1000},
	{60, 59, 104, 1_000_000},
	{62, 67, 108, 3600},
	{68, 64, 110, 1000},
}
