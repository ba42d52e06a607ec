// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Globalization;
using System.Linq;

namespace K230.Bench
{
    /// <summary>The one process that every near end meets: bench/native/far.c.</summary>
    internal sealed class FarEnd : IDisposable
    {
        // It prints its ports as soon as it listens.
        private static readonly TimeSpan s_start = TimeSpan.FromSeconds(10);

        private readonly LineProcess _process;

        /// <exception cref="Failure">It does not start.</exception>
        public FarEnd(string program)
        {
            _process = new LineProcess("the far end", program);

            int[] ports = Ports(_process.Hear("which are your ports", s_start));
            Port = ports[0];
            BytePort = ports[1];
        }

        /// <summary>Where streams say what they want, and datagrams are counted.</summary>
        public int Port { get; }

        /// <summary>Where a connection is one byte, that byte back, and the end.</summary>
        public int BytePort { get; }

        public int ProcessId => _process.Id;

        /// <summary>The exit code, if it has ended or does so within the time; else null.</summary>
        public int? Ended(TimeSpan limit) => _process.Ended(limit);

        public void Dispose() => _process.Dispose();

        private static int[] Ports(string line)
        {
            int[] ports = line.Split(' ')
                .Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)
                .ToArray();

            return ports.Length == 2 && ports.All(p => p > 0)
                ? ports
                : throw new Failure($"the far end should have told two ports, but said \"{line}\"");
        }
    }
}
