// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>The same thing measured several times.</summary>
    internal sealed class Series
    {
        private readonly double[] _sorted;

        public Series(IEnumerable<double> values)
        {
            _sorted = values.Order().ToArray();

            if (_sorted.Length == 0)
            {
                throw new ArgumentException("a series needs a value", nameof(values));
            }
        }

        public double Low => _sorted[0];

        public double High => _sorted[^1];

        public double Median => (_sorted[(_sorted.Length - 1) / 2] + _sorted[_sorted.Length / 2]) / 2;

        /// <summary>The least value that at least this part of all values does not exceed.</summary>
        /// <param name="part">Above 0, at most 1: 0.99 is the 99th percentile.</param>
        public double Percentile(double part)
        {
            // Rounded first, as 0.07 * 100 is a little more than 7.
            double rank = Math.Ceiling(Math.Round(part * _sorted.Length, 6));

            return _sorted[Math.Clamp((int)rank, 1, _sorted.Length) - 1];
        }
    }
}
