// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Globalization;

namespace K230.Bench
{
    /// <summary>What k230-bench-counted prints: lines of name, value and unit.</summary>
    internal static class Counts
    {
        /// <exception cref="FormatException">A line is something else.</exception>
        public static IReadOnlyDictionary<string, double> Parse(IEnumerable<string> lines)
        {
            var values = new Dictionary<string, double>();

            foreach (string line in lines)
            {
                string[] words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);

                if (words.Length < 3 ||
                    !double.TryParse(words[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ||
                    !values.TryAdd(words[0], value))
                {
                    throw new FormatException($"\"{line}\" is no name, value and unit, or comes twice");
                }
            }

            return values;
        }
    }
}
