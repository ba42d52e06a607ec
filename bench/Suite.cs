// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>All benchmarks, in the order in which they run and are shown.</summary>
    internal static class Suite
    {
        public static IReadOnlyList<IBenchmark> All() =>
        [
            new BulkBenchmark(),
            new ChunkBenchmark(),
            new StreamBenchmark(),
            new LinesBenchmark(),
            new EchoBenchmark(),
            new DoorbellsBenchmark(),
            new MessagesBenchmark(),
            new ConnectionsBenchmark(),
            new DatagramBenchmark(),
            new LookUpBenchmark(),
            new PollBenchmark(),
            new SizesBenchmark(),
            new AllocationBenchmark(),
            new CountedBenchmark(),
        ];

        public static bool Concerns(string name, string only) =>
            only == null || name.Contains(only, StringComparison.OrdinalIgnoreCase);

        /// <summary>Those that have a row whose name contains the text; all without one.</summary>
        public static IReadOnlyList<IBenchmark> With(string only) =>
            All().Where(b => b.Figures.Any(f => Concerns(f.Name, only))).ToArray();
    }
}
