// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;

namespace K230.Bench
{
    /// <summary>
    /// What people see meanwhile: a line for each benchmark, a dot for each pair. The table goes elsewhere.
    /// </summary>
    internal sealed class Progress(TextWriter writer)
    {
        private int _done;
        private volatile bool _interrupted;

        /// <summary>Somebody wants no more: what fails from now on does so because of that, and is not told.</summary>
        public void Interrupt() => _interrupted = true;

        public void Begin(string title, int all)
        {
            _done++;
            writer.Write($"[{_done}/{all}] {title} ");
        }

        public void Step()
        {
            writer.Write('.');
            writer.Flush();
        }

        public void End(TimeSpan took) => writer.WriteLine($" {took.TotalSeconds:0.0} s");

        public void Failed(string why)
        {
            if (!_interrupted)
            {
                writer.WriteLine($"\nbench: not measured: {why}");
            }
        }
    }
}
