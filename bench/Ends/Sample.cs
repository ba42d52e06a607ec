// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;

namespace K230.Bench
{
    /// <summary>What a near end measured at one command.</summary>
    internal sealed record Sample(double Seconds)
    {
        /// <summary>Seconds of processor time of the near end.</summary>
        public double Cpu { get; init; }

        /// <summary>Seconds of processor time of the small core, where there is one.</summary>
        public double Agent { get; init; }

        /// <summary>Doorbells to the small core.</summary>
        public long Rings { get; init; }

        /// <summary>Doorbells to the big core.</summary>
        public long Rung { get; init; }

        /// <summary>Doorbells in both directions.</summary>
        public long Doorbells => Rings + Rung;

        /// <summary>Datagrams that came.</summary>
        public long Came { get; init; }

        /// <summary>Datagrams that the kernel dropped, as the far end's socket had no room for them.</summary>
        public long Dropped { get; init; }

        /// <summary>Datagrams that neither came nor were dropped there.</summary>
        public long Lost { get; init; }

        /// <summary>Each round trip of an echo.</summary>
        public double[] Nanoseconds { get; init; } = [];

        public Statistics RoundTrips => new(Nanoseconds);

        /// <summary>Reads the answer of a near end that is a process of its own: key=value pairs.</summary>
        /// <exception cref="FormatException">It is none.</exception>
        public static Sample Parse(string answer)
        {
            Dictionary<string, string> values;

            try
            {
                values = answer.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(pair => pair.Split('=', 2))
                    .ToDictionary(pair => pair[0], pair => pair[1]);
            }
            catch (Exception e) when (e is IndexOutOfRangeException or ArgumentException)
            {
                throw new FormatException("an answer is key=value pairs, each key once");
            }

            double Number(string key) => values.TryGetValue(key, out string text) ? Parsed(text) : 0;

            var sample = new Sample(Number("seconds"))
            {
                Cpu = Number("cpu"),
                Agent = Number("agent"),
                Rings = (long)Number("rings"),
                Rung = (long)Number("rung"),
                Came = (long)Number("came"),
                Dropped = (long)Number("dropped"),
                Lost = (long)Number("lost"),
                Nanoseconds = values.TryGetValue("samples", out string samples)
                    ? samples.Split(',').Select(Parsed).ToArray()
                    : [],
            };

            return sample.Seconds > 0 ? sample : throw new FormatException("an answer has seconds, more than none");
        }

        private static double Parsed(string text) =>
            double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>Wall and processor time of this process from its making on.</summary>
    internal sealed class Clock
    {
        private readonly TimeSpan _cpu = Environment.CpuUsage.TotalTime;
        private readonly long _start = Stopwatch.GetTimestamp();

        public Sample Stop()
        {
            double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;

            return new Sample(seconds) { Cpu = (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds };
        }
    }
}
