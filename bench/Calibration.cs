// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Linq;

namespace K230.Bench
{
    /// <summary>Finds how much to do in one sample, by first doing little. That is the warm-up as well.</summary>
    internal static class Calibration
    {
        // What takes less of a sample's time says little of how long all of it takes.
        private const double TELLING = 0.25;

        private const long MOST = 1L << 40;

        /// <summary>The count with which each of the runs takes the time that a sample shall take.</summary>
        /// <param name="runs">Things that are given the same count.</param>
        /// <param name="first">A count that is surely not too large.</param>
        public static long Count(Effort effort, long first, params Func<long, Sample>[] runs)
        {
            for (long count = first; ; count *= 4)
            {
                double[] seconds = runs.Select(run => run(count).Seconds).ToArray();
                double slower = seconds.Max();
                double faster = Math.Max(seconds.Min(), 1e-9);

                if (slower >= TELLING * effort.Slower || count > MOST / 4)
                {
                    double factor = Math.Max(effort.Slower / slower, effort.Faster / faster);

                    return Math.Max(1, (long)Math.Min(count * factor, MOST));
                }
            }
        }
    }
}
