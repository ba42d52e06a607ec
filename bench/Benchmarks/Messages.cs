// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>What is there and back, one after another: messages, connections, look-ups.</summary>
    internal static class Messages
    {
        private const int Size = 64;

        public static Benchmark Echo()
        {
            var c = new EchoContest("C", "kernel", e => e.K230, e => e.Kernel);
            var cSharp = new EchoContest("C#", ".NET", e => e.Managed, e => e.Net);

            return new Benchmark(
                "Echo of 64 bytes",
                "A message of 64 bytes to the far end and back, one after another, over TCP with TCP_NODELAY on both " +
                "sides; from the call that sends to the return of the call that receives. The ratio is that of the " +
                "medians.",
                c,
                cSharp,
                new Derived(
                    Metric.Lower("doorbells, echo 64 bytes, C", "/round trip"),
                    () => c.Pairs.OfA(s => (double)s.Doorbells / s.Nanoseconds.Length)))
            {
                Chart = ("latency.svg", () => Charts.Latency(
                    ("kernel, C", Pooled(c.Pairs.B)),
                    ("K230, C", Pooled(c.Pairs.A)),
                    (".NET, C#", Pooled(cSharp.Pairs.B)),
                    ("K230, C#", Pooled(cSharp.Pairs.A)))),
            };
        }

        public static Benchmark OverSockets()
        {
            const string One = "messages of 64 bytes, 1 socket";
            const string Many = "messages of 64 bytes, 16 sockets";
            const string Unit = "messages/s";

            static Func<FarEnd, long, Command> Over(int sockets) =>
                (far, rounds) => Command.Messages(far, Size, rounds * sockets, sockets);

            return new Benchmark(
                "Small messages",
                "Messages of 64 bytes over 1 and over 16 TCP connections with TCP_NODELAY: one is sent on each, then " +
                "one is received on each, and so on. A message is there and back. The clock starts when all are " +
                "connected.",
                Contest.InC(One, Unit, 100, Over(1)),
                Contest.InC(Many, Unit, 100, Over(16), each: 16),
                Contest.InCSharp(One, Unit, 100, Over(1)),
                Contest.InCSharp(Many, Unit, 100, Over(16), each: 16));
        }

        public static Benchmark Connections() => new(
            "Short connections",
            "*Connect*: make a socket, connect, send a byte, receive it back, close, one after another. " +
            "*Accept*: the far end connects; accept, send a byte, close; the far end connects again once it has " +
            "the byte.",
            Contest.InC("connect, one byte, close", "connections/s", 50, Command.Connect),
            Contest.InCSharp("connect, one byte, close", "connections/s", 50, Command.Connect, 0.6),
            Contest.InC("accept, one byte, close", "connections/s", 50, Command.Accept),
            Contest.InCSharp("accept, one byte, close", "connections/s", 50, Command.Accept));

        public static Benchmark Names() => new(
            "Names",
            "The IPv4 addresses of `localhost`, one look-up after another. No name server is asked, so this is " +
            "the way to the resolver and back.",
            Contest.InC("getaddrinfo of localhost", "look-ups/s", 20, (_, count) => Command.LookUp(count)),
            Contest.InCSharp("getaddrinfo of localhost", "look-ups/s", 20, (_, count) => Command.LookUp(count)));

        private static double[] Pooled(IReadOnlyList<Sample> samples) =>
            samples.SelectMany(s => s.Nanoseconds).Select(ns => ns / 1e3).ToArray();

        private sealed class EchoContest(
            string language, string other, Func<Ends, INearEnd> ours, Func<Ends, INearEnd> theirs) : IMeasurement
        {
            private readonly Metric _ratio =
                Metric.Lower($"echo 64 bytes, {language}, median, K230 / {other}", "x", 1.8);

            private readonly RoundTrips _ours = new($"echo 64 bytes, {language}: K230");
            private readonly RoundTrips _theirs = new($"echo 64 bytes, {language}: {other}");

            public IReadOnlyList<Metric> Metrics => [_ratio, .. _ours.Metrics, .. _theirs.Metrics];

            public Pairs Pairs { get; private set; }

            public IReadOnlyList<Row> Measure(Run run)
            {
                FarEnd far = run.Ends.Far;
                Pairs = run.Alternate(
                    ours(run.Ends), theirs(run.Ends), 100, count => Command.Echo(far, Size, count), out _);

                return
                [
                    _ratio.Of(Pairs.Ratio(s => s.RoundTrips.Median)),
                    .. _ours.Of(Pairs.A),
                    .. _theirs.Of(Pairs.B),
                ];
            }
        }

        /// <summary>How long round trips take: of each sample the percentile, of these the median.</summary>
        private sealed class RoundTrips(string name)
        {
            private readonly (Metric Metric, Func<Statistics, double> Of)[] _metrics =
            [
                (Metric.Lower($"{name}, median", "us"), s => s.Median),
                (Metric.Lower($"{name}, p99", "us"), s => s.Percentile(0.99)),
                (Metric.Lower($"{name}, p99.9", "us"), s => s.Percentile(0.999)),
            ];

            public IEnumerable<Metric> Metrics => _metrics.Select(m => m.Metric);

            public IEnumerable<Row> Of(IReadOnlyList<Sample> samples)
            {
                Statistics[] all = samples.Select(s => s.RoundTrips).ToArray();

                return _metrics.Select(m => m.Metric.Of(new Statistics(all.Select(s => m.Of(s) / 1e3))));
            }
        }
    }
}
