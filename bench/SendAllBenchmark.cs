// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using K230.Sockets;
using K230Socket = K230.Sockets.Socket;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Bench
{
    /// <summary>
    /// 256 MiB in 64 KiB pieces to a sink in another process: through K230.Sockets, and through System.Net.Sockets
    /// directly. The two take turns, so that whatever else the machine does meets both. The clock runs from the first
    /// piece until the sink's answer that it has every byte.
    /// </summary>
    internal sealed class SendAllBenchmark : IBenchmark
    {
        private const int Mebibytes = 256;
        private const long Total = Mebibytes * 1024L * 1024L;

        private readonly byte[] _piece = new byte[64 * 1024];

        public SendAllBenchmark() => new Random(1).NextBytes(_piece);

        public string Title => $"TCP SendAll, {Mebibytes} MiB in {_piece.Length / 1024} KiB pieces";

        public IEnumerable<Row> Run(bool quick, Action<string> progress)
        {
            int pairs = quick ? 5 : 15;
            var k230 = new List<double>();
            var net = new List<double>();
            using var sink = new SinkProcess();

            progress("warming up");
            OverK230(sink, Total);
            OverNet(sink, Total);

            for (int i = 1; i <= pairs; i++)
            {
                k230.Add(OverK230(sink, Total));
                net.Add(OverNet(sink, Total));
                progress($"pair {i} of {pairs}: K230.Sockets {k230[^1]:0.000} s, System.Net.Sockets {net[^1]:0.000} s");
            }

            yield return Rate(k230).ToRow("SendAll K230.Sockets", "MiB/s", "higher");
            yield return Rate(net).ToRow("SendAll System.Net.Sockets", "MiB/s", "higher");
            yield return new Series(k230.Zip(net, (ours, theirs) => ours / theirs))
                .ToRow("SendAll time K230 / .NET", "x", "lower", target: 2.0);
        }

        private static Series Rate(IEnumerable<double> seconds) => new(seconds.Select(s => Mebibytes / s));

        private double OverK230(SinkProcess sink, long total)
        {
            using var s = new K230Socket();
            s.Connect(new SockAddr("127.0.0.1", sink.Port));
            var clock = Stopwatch.StartNew();

            s.SendAll(BitConverter.GetBytes(total));

            for (long sent = 0; sent < total; sent += _piece.Length)
            {
                s.SendAll(_piece);
            }

            Check(s.Read(sizeof(long)), total);
            return clock.Elapsed.TotalSeconds;
        }

        private double OverNet(SinkProcess sink, long total)
        {
            using var s = new NetSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            s.Connect(IPAddress.Loopback, sink.Port);
            var clock = Stopwatch.StartNew();

            s.Send(BitConverter.GetBytes(total));

            for (long sent = 0; sent < total; sent += _piece.Length)
            {
                s.Send(_piece);
            }

            var answer = new byte[sizeof(long)];
            new NetworkStream(s).ReadExactly(answer);
            Check(answer, total);
            return clock.Elapsed.TotalSeconds;
        }

        private static void Check(byte[] answer, long total)
        {
            if (answer.Length != sizeof(long) || BitConverter.ToInt64(answer) != total)
            {
                throw new InvalidDataException($"the sink did not confirm {total} bytes");
            }
        }
    }
}
