// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Globalization;

namespace K230.Bench
{
    /// <summary>A column of the table of rows.</summary>
    internal sealed record Column(string Head, Func<Row, string> Cell, bool IsNumber = false)
    {
        public static readonly Column[] All =
        [
            new("", r => r.Name),
            new("median", r => Number(r.Value), IsNumber: true),
            new("low", r => Number(r.Low), IsNumber: true),
            new("high", r => Number(r.High), IsNumber: true),
            new("unit", r => r.Unit),
            new("target", r => Aim(r.Target, r.Better)),
            new("", r => r.Target == null ? "" : r.MeetsTarget ? "met" : "not met"),
        ];

        public static string Aim(double? target, string better) => target == null
            ? ""
            : (better == "lower" ? "<= " : ">= ") + target.Value.ToString("0.##", CultureInfo.InvariantCulture);

        /// <summary>Three digits that count, or all of a whole number.</summary>
        private static string Number(double value)
        {
            string format = Math.Abs(value) switch
            {
                0 or >= 100 => "0",
                >= 10 => "0.0",
                >= 1 => "0.00",
                _ => "0.0000",
            };

            return value.ToString(format, CultureInfo.InvariantCulture);
        }
    }
}
