// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace K230.Bench
{
    /// <summary>How round trips are spread: a histogram over classes that grow by the same factor.</summary>
    internal sealed class LatencyChart(params (string Name, double[] Microseconds)[] lines)
    {
        private const int WIDTH = 900;
        private const int HEIGHT = 460;
        private const int PER_DECADE = 25;

        public string ToSvg()
        {
            Series[] all = lines.Select(line => new K230.Bench.Series(line.Microseconds)).ToArray();

            // What is beyond is one round trip in a hundred; it would press the rest together.
            int first = Class(all.Min(s => s.Percentile(0.01)));
            int last = Class(all.Max(s => s.Percentile(0.99)));

            PlotModel model = ChartStyle.Chart("Round trips of 64 bytes, 98 % of each");
            LogarithmicAxis time = ChartStyle.Gridded(new LogarithmicAxis(), "microseconds", AxisPosition.Bottom);
            time.Minimum = Start(first);
            time.Maximum = Start(last + 1);
            time.LabelFormatter = ChartStyle.Plain;
            LinearAxis share = ChartStyle.Gridded(new LinearAxis(), "% of round trips", AxisPosition.Left);
            share.Minimum = 0;
            share.LabelFormatter = ChartStyle.Plain;
            model.Axes.Add(time);
            model.Axes.Add(share);

            for (int i = 0; i < lines.Length; i++)
            {
                LineSeries line = ChartStyle.Line(lines[i].Name, i, markers: false);
                line.Points.AddRange(Outline(lines[i].Microseconds, first, last));
                model.Series.Add(line);
            }

            return Svg.Of(WIDTH, HEIGHT, model);
        }

        /// <summary>The steps over the classes.</summary>
        private static IEnumerable<DataPoint> Outline(double[] microseconds, int first, int last)
        {
            Dictionary<int, int> counts = microseconds.GroupBy(Class).ToDictionary(g => g.Key, g => g.Count());

            for (int c = first; c <= last; c++)
            {
                double percent = 100.0 * counts.GetValueOrDefault(c) / microseconds.Length;

                yield return new DataPoint(Start(c), percent);
                yield return new DataPoint(Start(c + 1), percent);
            }
        }

        private static int Class(double microseconds) =>
            (int)Math.Floor(Math.Log10(Math.Max(microseconds, 1e-3)) * PER_DECADE);

        private static double Start(int index) => Math.Pow(10, (double)index / PER_DECADE);
    }
}
