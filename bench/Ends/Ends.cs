// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;

namespace K230.Bench
{
    /// <summary>All who take part. Each starts when it is needed first and lives until the end.</summary>
    internal sealed class Ends : IDisposable
    {
        // The longest sample of all, 100 000 lines byte by byte, takes some seconds where this takes minutes.
        private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

        private readonly Lazy<FarEnd> _far;
        private readonly ProcessNearEnd[] _processes;
        private readonly string _counted;

        /// <param name="folder">The folder of the programs in C.</param>
        public Ends(string folder)
        {
            string near = Path.Combine(folder, "k230-bench-near");

            ProcessNearEnd InC(string name, string peer) =>
                new(name, s_limit, () => new LineProcess(name, near, peer));

            _far = new Lazy<FarEnd>(() => new FarEnd(Path.Combine(folder, "k230-bench-far")));
            _processes = [InC("the kernel, C", "kernel"), InC("K230, C", "k230"), InC("chunks, C", "chunk")];
            _counted = Path.Combine(folder, "k230-bench-counted");
        }

        public FarEnd Far => _far.Value;

        /// <summary>Kernel sockets, in C.</summary>
        public INearEnd Kernel => _processes[0];

        /// <summary>K230's sockets, in C.</summary>
        public INearEnd K230 => _processes[1];

        /// <summary>One request and one reply for every 944 bytes, as the vendor does it, over the same hal.</summary>
        public INearEnd Chunk => _processes[2];

        /// <summary>K230.Sockets.</summary>
        public ManagedNearEnd Managed { get; } = new(new K230Transport(), s_limit);

        /// <summary>System.Net.Sockets.</summary>
        public ManagedNearEnd Net { get; } = new(new NetTransport(), s_limit);

        /// <summary>What a program counts that runs both cores' code in one process.</summary>
        /// <exception cref="Failure">It could not.</exception>
        public IReadOnlyDictionary<string, double> Count()
        {
            using var counting = new LineProcess("k230-bench-counted", _counted);

            try
            {
                return Counts.Parse(counting.HearAll(s_limit));
            }
            catch (FormatException e)
            {
                throw new Failure("k230-bench-counted: " + e.Message);
            }
        }

        public void Dispose()
        {
            foreach (ProcessNearEnd process in _processes)
            {
                process.Dispose();
            }

            if (_far.IsValueCreated)
            {
                _far.Value.Dispose();
            }
        }
    }
}
