// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Linq;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace K230.Bench
{
    /// <summary>How much a call of some size moves, both directions beside each other.</summary>
    internal sealed class ThroughputChart(
        IReadOnlyList<int> sizes, params (string Title, (string Name, double[] Values)[] Lines)[] directions)
    {
        private const int WIDTH = 560;
        private const int HEIGHT = 460;

        public string ToSvg()
        {
            // One scale, so that the two can be compared.
            double[] all = directions.SelectMany(d => d.Lines).SelectMany(l => l.Values).ToArray();
            double least = all.Min() * 0.7;
            double most = all.Max() * 1.5;

            return Svg.Of(WIDTH, HEIGHT, directions.Select(d => Chart(d.Title, d.Lines, least, most)).ToArray());
        }

        private PlotModel Chart(string title, (string Name, double[] Values)[] lines, double least, double most)
        {
            PlotModel model = ChartStyle.Chart(title + ": throughput by size of a call");
            LogarithmicAxis bytes = ChartStyle.Gridded(new LogarithmicAxis(), "bytes per call", AxisPosition.Bottom);
            bytes.Base = 2;
            bytes.Minimum = sizes[0] / 1.3;
            bytes.Maximum = sizes[^1] * 1.3;
            bytes.MajorStep = 4;
            bytes.LabelFormatter = SizeLabel;
            bytes.MinorTickSize = 0;
            LogarithmicAxis rate = ChartStyle.Gridded(new LogarithmicAxis(), "MB/s", AxisPosition.Left);
            rate.Minimum = least;
            rate.Maximum = most;
            rate.LabelFormatter = ChartStyle.Plain;
            model.Axes.Add(bytes);
            model.Axes.Add(rate);

            for (int i = 0; i < lines.Length; i++)
            {
                LineSeries line = ChartStyle.Line(lines[i].Name, i, markers: true);
                line.Points.AddRange(sizes.Zip(lines[i].Values, (size, value) => new DataPoint(size, value)));
                model.Series.Add(line);
            }

            return model;
        }

        private static string SizeLabel(double bytes) => bytes switch
        {
            < 1024 => ChartStyle.Plain(bytes),
            < 1024 * 1024 => ChartStyle.Plain(bytes / 1024) + " Ki",
            _ => ChartStyle.Plain(bytes / 1024 / 1024) + " Mi",
        };
    }
}
