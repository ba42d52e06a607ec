// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>The same thing measured several times.</summary>
    internal sealed class Series
    {
        private readonly double[] _sorted;

        public Series(IEnumerable<double> values) => _sorted = values.Order().ToArray();

        public double Low => _sorted[0];

        public double High => _sorted[^1];

        public double Median => (_sorted[(_sorted.Length - 1) / 2] + _sorted[_sorted.Length / 2]) / 2;

        public Row ToRow(string name, string unit, string better, double? target = null) =>
            new(name, Median, unit, Low, High, target, better);
    }
}
