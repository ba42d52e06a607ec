// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;

namespace K230.Bench
{
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
