// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Bench.Tests
{
    /// <summary>How figures are told.</summary>
    [TestClass]
    public class ReportTests
    {
        private static readonly Row[] s_rows =
        [
            new("echo, K230 / .NET", 1.5, "x", 1.25, 2, 1.8, "lower"),
            new("send: K230", 1234.25, "MB/s", 1000, 1500, null, "higher"),
        ];

        [TestMethod]
        public void The_JSON_has_the_rows_with_exactly_these_keys()
        {
            const string expected =
                """
                {
                  "rows": [
                    {
                      "name": "echo, K230 / .NET",
                      "value": 1.5,
                      "unit": "x",
                      "low": 1.25,
                      "high": 2,
                      "target": 1.8,
                      "better": "lower"
                    },
                    {
                      "name": "send: K230",
                      "value": 1234.25,
                      "unit": "MB/s",
                      "low": 1000,
                      "high": 1500,
                      "target": null,
                      "better": "higher"
                    }
                  ]
                }

                """;

            Assert.AreEqual(expected, JsonReport.Of(s_rows));
        }

        [TestMethod]
        public void The_plain_table_has_sections_and_says_whether_a_target_is_met()
        {
            var writer = new StringWriter { NewLine = "\n" };

            PlainTable.Write([new Section("Echo", s_rows[..1]), new Section("Bulk", s_rows[1..])], writer);

            string[] expected =
            [
                "                     median   low  high  unit  target",
                "",
                "Echo",
                "  echo, K230 / .NET    1.50  1.25  2.00  x     <= 1.8  met",
                "",
                "Bulk",
                "  send: K230           1234  1000  1500  MB/s",
                "",
            ];
            Assert.AreEqual(string.Join("\n", expected), writer.ToString());
        }

        [TestMethod]
        public void No_two_rows_have_the_same_name()
        {
            string[] names = Suite.All().SelectMany(b => b.Figures).Select(f => f.Name).ToArray();

            CollectionAssert.AllItemsAreUnique(names);
        }

        [TestMethod]
        public void The_readme_lists_what_is_measured()
        {
            string readme = File.ReadAllText(Folders.Readme);

            Assert.IsTrue(
                readme.Contains("\n" + Listing.Of(Suite.All())),
                "bench/README.md is to have what ./k230 bench --list prints");
        }

        [TestMethod]
        public void The_readme_shows_every_chart()
        {
            string readme = File.ReadAllText(Folders.Readme);

            foreach (IChart chart in Suite.All().OfType<IChart>())
            {
                StringAssert.Contains(readme, "results/" + chart.FileName);
            }
        }

        [TestMethod]
        public void Only_benchmarks_with_such_a_row_are_run()
        {
            IReadOnlyList<IBenchmark> found = Suite.With("GETADDRINFO");

            Assert.HasCount(1, found);
            Assert.IsInstanceOfType<LookUpBenchmark>(found[0]);
            Assert.IsEmpty(Suite.With("no such row"));
        }

        [TestMethod]
        public void What_fails_is_told_and_the_rest_is_measured()
        {
            var told = new StringWriter();
            var progress = new Progress(told);
            using var ends = new Ends(Folders.Native);
            var measuring = new Measuring(new Session(ends, Effort.Quick, progress), progress);

            measuring.Run([new Fake("first", "a", fails: true), new Fake("second", "b", fails: false)], null);

            Assert.AreEqual(1, measuring.Failures);
            Assert.AreEqual("second", measuring.Sections.Single().Title);
            StringAssert.Contains(told.ToString(), "not measured: a is broken");
        }

        [TestMethod]
        public void What_fails_because_somebody_wants_no_more_is_not_told()
        {
            var told = new StringWriter();
            var progress = new Progress(told);
            progress.Interrupt();

            progress.Failed("past the end of the stream");

            Assert.AreEqual("", told.ToString());
        }

        [TestMethod]
        public void A_benchmark_that_gives_other_rows_than_it_lists_is_told()
        {
            var told = new StringWriter();
            var progress = new Progress(told);
            using var ends = new Ends(Folders.Native);
            var measuring = new Measuring(new Session(ends, Effort.Quick, progress), progress);

            measuring.Run([new Fake("first", "a", fails: false) { Given = "b" }], null);

            Assert.AreEqual(1, measuring.Failures);
            StringAssert.Contains(told.ToString(), "\"first\" gave other rows than it lists");
        }

        [TestMethod]
        public void Charts_are_SVG_with_the_names_of_their_lines_and_axes()
        {
            double[] values = [1, 20, 300];
            string[] charts =
            [
                new ThroughputChart([16, 1024, 65536], ("To", [("ours", values)]), ("From", [("ours", values)])).ToSvg(),
                new LatencyChart(("ours", values), ("theirs", values)).ToSvg(),
                new SocketsChart([1, 8, 64], ("ours", values), ("theirs", values)).ToSvg(),
            ];
            string[] units = ["MB/s", "microseconds", "microseconds, median"];

            foreach ((string chart, string unit) in charts.Zip(units))
            {
                XDocument svg = XDocument.Parse(chart);
                string[] texts = svg.Descendants()
                    .Where(e => e.Name.LocalName == "text")
                    .Select(e => e.Value)
                    .ToArray();
                string[] ids = svg.Descendants().Attributes("id").Select(a => a.Value).ToArray();

                Assert.AreEqual("svg", svg.Root.Name.LocalName);
                CollectionAssert.Contains(texts, "ours");
                CollectionAssert.Contains(texts, unit);
                CollectionAssert.AllItemsAreUnique(ids);
            }
        }

        [TestMethod]
        public void The_same_figures_make_the_same_chart()
        {
            static string Chart() => new SocketsChart([1, 8], ("ours", [1.5, 2.5])).ToSvg();

            Assert.AreEqual(Chart(), Chart());
        }

        private sealed class Fake(string title, string row, bool fails) : IBenchmark
        {
            public string Title => title;

            public string Explanation => title;

            public IReadOnlyList<Figure> Figures => [Figure.Lower(row, "x")];

            /// <summary>Another row than the listed one.</summary>
            public string Given { get; init; }

            public IReadOnlyList<Row> Run(Session session) =>
                fails ? throw new Failure(row + " is broken") : [Figure.Lower(Given ?? row, "x").Of(1)];
        }
    }
}
