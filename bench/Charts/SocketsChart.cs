// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Linq;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace K230.Bench
{
    /// <summary>What sockets cost that are polled and have nothing.</summary>
    internal sealed class SocketsChart(
        IReadOnlyList<int> sockets, params (string Name, IReadOnlyList<double> Microseconds)[] lines)
    {
        private const int WIDTH = 900;
        private const int HEIGHT = 460;

        public string ToSvg()
        {
            PlotModel model = ChartStyle.Chart("Round trip of 64 bytes on one of several sockets that are polled");
            LogarithmicAxis count = ChartStyle.Gridded(new LogarithmicAxis(), "sockets polled", AxisPosition.Bottom);
            count.Base = 2;
            count.Minimum = sockets[0] / 1.15;
            count.Maximum = sockets[^1] * 1.15;
            count.LabelFormatter = ChartStyle.Plain;
            count.MinorTickSize = 0;
            LinearAxis time = ChartStyle.Gridded(new LinearAxis(), "microseconds, median", AxisPosition.Left);
            time.Minimum = 0;
            time.Maximum = lines.SelectMany(l => l.Microseconds).Max() * 1.08;
            model.Axes.Add(count);
            model.Axes.Add(time);

            for (int i = 0; i < lines.Length; i++)
            {
                LineSeries line = ChartStyle.Line(lines[i].Name, i, markers: true);
                line.Points.AddRange(sockets.Zip(lines[i].Microseconds, (n, us) => new DataPoint(n, us)));
                model.Series.Add(line);
            }

            return Svg.Of(WIDTH, HEIGHT, model);
        }
    }
}
