// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace K230.Bench
{
    /// <summary>One run over benchmarks. What fails keeps nothing else from being measured.</summary>
    internal sealed class Measuring(Session session, Progress progress)
    {
        private readonly List<Section> _sections = [];
        private readonly List<IChart> _charts = [];

        public IReadOnlyList<Section> Sections => _sections;

        /// <summary>Benchmarks that have no rows.</summary>
        public int Failures { get; private set; }

        /// <param name="only">Rows whose name does not contain it are left out; null for all.</param>
        public void Run(IReadOnlyList<IBenchmark> benchmarks, string only)
        {
            foreach (IBenchmark benchmark in benchmarks)
            {
                long start = Stopwatch.GetTimestamp();
                progress.Begin(benchmark.Title, benchmarks.Count);

                try
                {
                    IReadOnlyList<Row> rows = Announced(benchmark, benchmark.Run(session));
                    _sections.Add(new Section(
                        benchmark.Title, rows.Where(row => Suite.Concerns(row.Name, only)).ToArray()));

                    if (benchmark is IChart chart)
                    {
                        _charts.Add(chart);
                    }

                    progress.End(Stopwatch.GetElapsedTime(start));
                }
                catch (Failure failure)
                {
                    Failures++;
                    progress.Failed(session.Ends.Reason(failure));
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

        /// <summary>The rows, if they are those that the list of rows has.</summary>
        private static IReadOnlyList<Row> Announced(IBenchmark benchmark, IReadOnlyList<Row> rows) =>
            rows.Select(r => r.Name).SequenceEqual(benchmark.Figures.Select(f => f.Name))
                ? rows
                : throw new Failure($"\"{benchmark.Title}\" gave other rows than it lists");
    }
}
