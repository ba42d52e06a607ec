// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;

namespace K230.Bench
{
    internal sealed class LinesBenchmark : IBenchmark
    {
        private readonly Figure _ratio =
            Figure.Higher("lines of 32 bytes, C#, K230 ReadLine / .NET byte by byte", "x", 30);

        private readonly Figure _k230 = Figure.Higher("lines of 32 bytes, C#: K230 ReadLine", "lines/s");
        private readonly Figure _net = Figure.Higher("lines of 32 bytes, C#: .NET byte by byte", "lines/s");

        public string Title => "Lines";

        public string Explanation =>
            "100 000 lines of 32 bytes (20 000 with `--quick`) from the far end. K230.Sockets: `ReadLine`. .NET: " +
            "as MicroPython reads a line from a socket of the system, a receive of one byte until there is a " +
            "line feed. From the request until the last line.";

        public IReadOnlyList<Figure> Figures => [_ratio, _k230, _net];

        public IReadOnlyList<Row> Run(Session session)
        {
            Command command = Command.Lines(session.Ends.Far, session.Effort.Lines);
            session.Ends.Managed.Run(command); // a warm-up
            Pairs pairs = session.Alternate(
                () => session.Ends.Managed.Run(command), () => session.Ends.Net.Run(command));

            double Rate(Sample sample) => session.Effort.Lines / sample.Seconds;

            return [_ratio.Of(pairs.RateRatio()), _k230.Of(pairs.OfA(Rate)), _net.Of(pairs.OfB(Rate))];
        }
    }
}
