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

        // A process that has closed its sockets, which is what the others notice, is about to end.
        private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(1);

        private readonly ProcessNearEnd[] _processes;
        private readonly string _folder;
        private FarEnd _far;

        /// <param name="folder">The folder of the programs in C.</param>
        public Ends(string folder)
        {
            string near = Path.Combine(folder, "k230-bench-near");

            ProcessNearEnd InC(string name, string peer, (string, string)? setting = null) =>
                new(name, s_limit, () => new LineProcess(name, setting, near, peer));

            _folder = folder;
            _processes =
            [
                InC("the kernel, C", "kernel"),
                InC("K230, C", "k230"),
                InC("chunks, C", "chunk"),
                InC("K230 that does not look, C", "k230", ("K230_EAGER", "0")),
            ];
        }

        /// <summary>One that lives: after the end of one that was killed there is another.</summary>
        public FarEnd Far
        {
            get
            {
                if (_far?.Ended(TimeSpan.Zero) != null)
                {
                    _far.Dispose();
                    _far = null;
                }

                return _far ??= new FarEnd(Path.Combine(_folder, "k230-bench-far"));
            }
        }

        /// <summary>Kernel sockets, in C.</summary>
        public INearEnd Kernel => _processes[0];

        /// <summary>K230's sockets, in C.</summary>
        public INearEnd K230 => _processes[1];

        /// <summary>One request and one reply for every 944 bytes, as the vendor does it, over the same hal.</summary>
        public INearEnd Chunk => _processes[2];

        /// <summary>K230's sockets, in C, of which neither core looks before it sleeps.</summary>
        public INearEnd Sleepy => _processes[3];

        /// <summary>K230.Sockets.</summary>
        public ManagedNearEnd Managed { get; } = new(new K230Transport(), s_limit);

        /// <summary>System.Net.Sockets.</summary>
        public ManagedNearEnd Net { get; } = new(new NetTransport(), s_limit);

        /// <summary>Why something could not be measured: a near end cannot know that the far end is gone.</summary>
        public string Reason(Failure failure) => _far?.Ended(s_moment) is int code
            ? $"the far end has ended with exit code {code}, so {failure.Message}"
            : failure.Message;

        /// <summary>What a program counts that runs both cores' code in one process.</summary>
        /// <exception cref="Failure">It could not.</exception>
        public IReadOnlyDictionary<string, double> Count()
        {
            using var counting = new LineProcess("k230-bench-counted", Path.Combine(_folder, "k230-bench-counted"));

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

            _far?.Dispose();
        }
    }
}
