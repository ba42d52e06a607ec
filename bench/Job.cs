// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Linq;

namespace K230.Bench
{
    /// <summary>How much time measuring may take.</summary>
    /// <param name="Pairs">How often two things take turns.</param>
    /// <param name="Slower">Seconds of one sample of the slower of the two.</param>
    /// <param name="Faster">
    /// The least seconds of one sample of the faster: what takes a fortieth of the other's time would otherwise be over
    /// before it has begun.
    /// </param>
    /// <param name="Lines">Lines that are read one byte at a time, which takes seconds.</param>
    internal sealed record Job(int Pairs, double Slower, double Faster, int Lines)
    {
        // What takes less of a sample's time says little of how long all of it takes.
        private const double Telling = 0.25;

        private const long Most = 1L << 40;

        public static Job Full => new(Pairs: 11, Slower: 0.2, Faster: 0.03, Lines: 100_000);

        public static Job Quick => new(Pairs: 3, Slower: 0.1, Faster: 0.015, Lines: 20_000);

        /// <summary>A job whose samples take another part of the time, however fast the faster is.</summary>
        public Job Times(double part) => this with { Slower = part * Slower, Faster = 0 };

        /// <summary>
        /// Finds the count with which each of the runs takes the time that a sample shall take, by first doing little.
        /// That is the warm-up as well.
        /// </summary>
        /// <param name="first">A count that is surely not too large.</param>
        /// <param name="runs">Things that are given the same count.</param>
        public long Calibrate(long first, params Func<long, Sample>[] runs)
        {
            for (long count = first; ; count *= 4)
            {
                double[] seconds = runs.Select(run => run(count).Seconds).ToArray();
                double slower = seconds.Max();
                double faster = Math.Max(seconds.Min(), 1e-9);

                if (slower >= Telling * Slower || count > Most / 4)
                {
                    double factor = Math.Max(Slower / slower, Faster / faster);

                    return Math.Max(1, (long)Math.Min(count * factor, Most));
                }
            }
        }
    }
}
