// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace K230.Bench
{
    /// <summary>Runs benchmarks. What fails keeps nothing else from being measured.</summary>
    internal sealed class Runner(Run run)
    {
        private readonly List<Section> _sections = [];
        private readonly List<(string FileName, Func<string> Draw)> _charts = [];

        public IReadOnlyList<Section> Sections => _sections;

        /// <summary>Benchmarks that have no rows.</summary>
        public int Failures { get; private set; }

        /// <param name="only">Rows whose name does not contain it are left out; null for all.</param>
        public void Measure(IReadOnlyList<Benchmark> benchmarks, string only)
        {
            foreach (Benchmark benchmark in benchmarks)
            {
                long start = Stopwatch.GetTimestamp();
                run.Progress.Begin(benchmark.Title, benchmarks.Count);

                try
                {
                    IEnumerable<Row> rows = benchmark.Measure(run).Where(row => Suite.Concerns(row.Name, only));
                    _sections.Add(new Section(benchmark.Title, rows.ToArray()));

                    if (benchmark.Chart is (string, Func<string>) chart)
                    {
                        _charts.Add(chart);
                    }

                    run.Progress.End(Stopwatch.GetElapsedTime(start));
                }
                catch (Failure failure)
                {
                    Failures++;
                    run.Progress.Failed(run.Ends.Reason(failure));
                }
            }
        }

        /// <summary>Writes the charts of what was measured; the names of their files.</summary>
        public IReadOnlyList<string> Draw(string folder)
        {
            Directory.CreateDirectory(folder);

            return _charts.Select(chart =>
            {
                string file = Path.Combine(folder, chart.FileName);
                File.WriteAllText(file, chart.Draw());

                return file;
            }).ToArray();
        }
    }

    /// <summary>Something that could not be measured; the message says who failed at what.</summary>
    internal sealed class Failure(string message) : Exception(message);

    /// <summary>What a benchmark is given to measure with.</summary>
    internal sealed record Run(Ends Ends, Job Job, Progress Progress)
    {
        /// <summary>Lets two near ends take turns with as much of a command as fits a sample.</summary>
        /// <param name="first">A count that is surely not too large.</param>
        /// <param name="count">The count that was found.</param>
        public Pairs Alternate(INearEnd a, INearEnd b, long first, Func<long, Command> command, out long count)
        {
            count = Job.Calibrate(first, n => a.Run(command(n)), n => b.Run(command(n)));

            return Alternate(a, b, command(count));
        }

        /// <summary>Lets two near ends take turns with a command.</summary>
        public Pairs Alternate(INearEnd a, INearEnd b, Command command) =>
            Pairs.Measure(Job.Pairs, () => a.Run(command), () => b.Run(command), Progress.Step);
    }

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
