// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>One TCP connection, one direction.</summary>
    internal static class Streams
    {
        private const int Piece = 64 * 1024;
        private const double Megabytes = Piece / 1e6;

        public static Benchmark Bulk()
        {
            static Command Send(FarEnd far, long count) => Command.Send(far, count, Piece);
            static Command Receive(FarEnd far, long count) => Command.Receive(far, count, Piece);

            var send = Contest.InC("bulk send 64 KiB", "MB/s", 64, Send, 0.95, Megabytes);
            var receive = Contest.InC("bulk receive 64 KiB", "MB/s", 64, Receive, 0.95, Megabytes);
            Func<Statistics> sendDoorbells = send.OursPerDone(s => s.Doorbells);
            Func<Statistics> receiveDoorbells = receive.OursPerDone(s => s.Doorbells);

            return new Benchmark(
                "Bulk transfer",
                "One TCP connection, pieces of 64 KiB. *Send*: until the far end has confirmed every byte. " +
                "*Receive*: from the request until the last byte; in C a call takes what is there, in C# it fills " +
                "its piece, on either side. Doorbells are those in both directions together, " +
                "counted in the samples of K230 in C; so is the processor time, of the near end (`client`: the big " +
                "core) and of the agent (the small core). A MB is 1 000 000 bytes.",
                [
                    send,
                    receive,
                    Contest.InCSharp("bulk send 64 KiB", "MB/s", 64, Send, 0.9, Megabytes),
                    Contest.InCSharp("bulk receive 64 KiB", "MB/s", 64, Receive, 0.9, Megabytes),
                    new Derived(
                        Metric.Lower("doorbells in bulk, the worse of send and receive", "/MB", 8),
                        () => new[] { receiveDoorbells(), sendDoorbells() }.MaxBy(d => d.Median)),
                    .. Costs("bulk send", send),
                    .. Costs("bulk receive", receive),
                ]);
        }

        public static Benchmark Chunks() => new(
            "Against one request per chunk",
            "The vendor's design moves 944 bytes with a request and waits for the reply; " +
            "`bench/native/peer_chunk.c` does so over the same hal, and sleeps for each reply as that design does; " +
            "K230's client and agent look for a moment before they sleep. Both send pieces of 64 KiB until the " +
            "far end has confirmed every byte.",
            new Contest(
                "bulk send against requests of 944 bytes, C",
                "MB/s",
                ("K230", e => e.K230),
                ("chunks", e => e.Chunk),
                4,
                (far, count) => Command.Send(far, count, Piece),
                target: 40,
                each: Megabytes));

        public static Benchmark SmallSends()
        {
            static Func<FarEnd, long, Command> Of(int size) => (far, count) => Command.Send(far, count, size);

            var small = Contest.InC("stream of 16-byte sends", "sends/s", 1000, Of(16), 3);

            return new Benchmark(
                "Streams of small sends",
                "One TCP connection, one call for each piece, none waits for an answer; until the far end has " +
                "confirmed every byte. 944 bytes are what the vendor's design moves with one request.",
                small,
                Contest.InCSharp("stream of 16-byte sends", "sends/s", 1000, Of(16), 6),
                Contest.InCSharp("stream of 944-byte sends", "sends/s", 1000, Of(944), 3),
                new Derived(
                    Metric.Lower("doorbells, stream of 16-byte sends", "/send"), small.OursPerDone(s => s.Doorbells)));
        }

        public static Benchmark Lines() => new(
            "Lines",
            "100 000 lines of 32 bytes (20 000 with `--quick`) from the far end. K230.Sockets: `ReadLine`. .NET: " +
            "as MicroPython reads a line from a socket of the system, a receive of one byte until there is a " +
            "line feed. From the request until the last line.",
            new Contest(
                "lines of 32 bytes, C#",
                "lines/s",
                ("K230 ReadLine", e => e.Managed),
                (".NET byte by byte", e => e.Net),
                0,
                Command.Lines,
                target: 30)
            {
                Fixed = job => job.Lines,
            });

        /// <summary>What one direction costs.</summary>
        private static IEnumerable<Derived> Costs(string direction, Contest contest)
        {
            Metric Time(string whose) => Metric.Lower($"processor time, {direction}: {whose}", "ms/MB");

            return
            [
                new(Metric.Lower($"doorbells, {direction}", "/MB"), contest.OursPerDone(s => s.Doorbells)),
                new(Time("K230 client"), contest.OursPerDone(s => s.Cpu * 1e3)),
                new(Time("K230 agent"), contest.OursPerDone(s => s.Agent * 1e3)),
                new(Time("kernel client"), contest.TheirsPerDone(s => s.Cpu * 1e3)),
            ];
        }
    }
}
