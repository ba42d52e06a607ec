// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Globalization;

namespace K230.Bench
{
    /// <summary>Figures as people read them.</summary>
    internal static class Text
    {
        /// <summary>Three digits that count, or all of a whole number.</summary>
        public static string Number(double value)
        {
            string format = Math.Abs(value) switch
            {
                0 => "0",
                >= 100 => "0",
                >= 10 => "0.0",
                >= 1 => "0.00",
                _ => "0.0000",
            };

            return value.ToString(format, CultureInfo.InvariantCulture);
        }

        public static string Target(double? target, string better) => target == null
            ? ""
            : (better == Figure.LOWER ? "<= " : ">= ") + target.Value.ToString("0.##", CultureInfo.InvariantCulture);

        public static string Verdict(Row row) => row.Target == null ? "" : row.MeetsTarget ? "met" : "not met";
    }
}
