// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>All benchmarks, in the order in which they run and are shown.</summary>
    internal static class Suite
    {
        public static IReadOnlyList<Benchmark> All() =>
        [
            Streams.Bulk(),
            Streams.Chunks(),
            Streams.SmallSends(),
            Streams.Lines(),
            Messages.Echo(),
            Doorbells.Create(),
            Messages.OverSockets(),
            Messages.Connections(),
            Datagrams.Create(),
            Messages.Names(),
            Polls.Create(),
            Sizes.Create(),
            Allocations.Create(),
            Counts.Create(),
        ];

        public static bool Concerns(string name, string only) =>
            only == null || name.Contains(only, StringComparison.OrdinalIgnoreCase);

        /// <summary>Those that have a row whose name contains the text; all without one.</summary>
        public static IReadOnlyList<Benchmark> With(string only) =>
            All().Where(b => b.Metrics.Any(m => Concerns(m.Name, only))).ToArray();
    }
}
