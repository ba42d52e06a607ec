// K230.nanoFramework, MIT licence: see LICENSE

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

            Assert.AreEqual(expected, Report.Json(s_rows));
        }

        [TestMethod]
        public void The_plain_table_has_sections_and_says_whether_a_target_is_met()
        {
            var writer = new StringWriter { NewLine = "\n" };

            Report.WritePlain([new Section("Echo", s_rows[..1]), new Section("Bulk", s_rows[1..])], writer);

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
            string[] names = Suite.All().SelectMany(b => b.Metrics).Select(m => m.Name).ToArray();

            CollectionAssert.AllItemsAreUnique(names);
        }

        [TestMethod]
        public void The_readme_lists_what_is_measured()
        {
            string readme = File.ReadAllText(Setup.Readme);

            Assert.IsTrue(
                readme.Contains("\n" + Report.List(Suite.All())),
                "bench/README.md is to have what ./k230 bench --list prints");
        }

        [TestMethod]
        public void The_readme_shows_every_chart()
        {
            string readme = File.ReadAllText(Setup.Readme);

            string[] charts = Suite.All().Where(b => b.Chart != null).Select(b => b.Chart.Value.FileName).ToArray();

            Assert.HasCount(3, charts);
            Assert.IsTrue(charts.All(file => readme.Contains("results/" + file)));
        }

        [TestMethod]
        public void Only_benchmarks_with_such_a_row_are_run()
        {
            IReadOnlyList<Benchmark> found = Suite.With("GETADDRINFO");

            Assert.HasCount(1, found);
            Assert.AreEqual("Names", found[0].Title);
            Assert.IsEmpty(Suite.With("no such row"));
        }

        [TestMethod]
        public void What_fails_is_told_and_the_rest_is_measured()
        {
            var told = new StringWriter();
            var progress = new Progress(told);
            using var ends = new Ends(Setup.Native);
            var runner = new Runner(new Run(ends, Job.Quick, progress));

            runner.Measure(
                [new("first", "", new Fake("a") { Fails = true }), new("second", "", new Fake("b"))], null);

            Assert.AreEqual(1, runner.Failures);
            Assert.AreEqual("second", runner.Sections.Single().Title);
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
            using var ends = new Ends(Setup.Native);
            var runner = new Runner(new Run(ends, Job.Quick, progress));

            runner.Measure([new("first", "", new Fake("a") { Given = "b" })], null);

            Assert.AreEqual(1, runner.Failures);
            StringAssert.Contains(told.ToString(), "\"first\" gave other rows than it lists");
        }

        [TestMethod]
        public void Charts_are_SVG_with_the_names_of_their_lines_and_axes()
        {
            double[] values = [1, 20, 300];
            string[] charts =
            [
                Charts.Throughput([16, 1024, 65536], ("To", [("ours", values)]), ("From", [("ours", values)])),
                Charts.Latency(("ours", values), ("theirs", values)),
                Charts.Polls([1, 8, 64], ("ours", values), ("theirs", values)),
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
            static string Chart() => Charts.Polls([1, 8], ("ours", [1.5, 2.5]));

            Assert.AreEqual(Chart(), Chart());
        }

        private sealed class Fake(string row) : IMeasurement
        {
            public IReadOnlyList<Metric> Metrics => [Metric.Lower(row, "x")];

            public bool Fails { get; init; }

            /// <summary>Another row than the listed one.</summary>
            public string Given { get; init; }

            public IReadOnlyList<Row> Measure(Run run) =>
                Fails ? throw new Failure(row + " is broken") : [Metric.Lower(Given ?? row, "x").Of(1)];
        }
    }
}
