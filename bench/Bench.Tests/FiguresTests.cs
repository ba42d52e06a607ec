// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Bench.Tests
{
    /// <summary>How samples become figures.</summary>
    [TestClass]
    public class FiguresTests
    {
        [TestMethod]
        public void The_median_is_the_middle_or_between_the_middle_two()
        {
            Assert.AreEqual(2, new Statistics([9, 1, 2]).Median);
            Assert.AreEqual(2.5, new Statistics([3, 9, 1, 2]).Median);
            Assert.AreEqual(7, new Statistics([7]).Median);
        }

        [TestMethod]
        public void Low_and_high_are_the_extremes()
        {
            var series = new Statistics([5, -1, 8]);

            Assert.AreEqual(-1, series.Low);
            Assert.AreEqual(8, series.High);
        }

        [TestMethod]
        [DataRow(0.5, 50)]
        [DataRow(0.99, 99)]
        [DataRow(0.999, 100)]
        [DataRow(0.07, 7)]
        [DataRow(0.001, 1)]
        [DataRow(1.0, 100)]
        public void A_percentile_is_the_least_value_that_so_many_do_not_exceed(double part, double expected)
        {
            Assert.AreEqual(expected, new Statistics(Enumerable.Range(1, 100).Select(i => (double)i)).Percentile(part));
        }

        [TestMethod]
        public void Statistics_of_nothing_are_refused()
        {
            Assert.ThrowsExactly<ArgumentException>(() => new Statistics([]));
        }

        [TestMethod]
        public void Pairs_take_turns_and_ratios_are_formed_within_a_pair()
        {
            string order = "";
            double[] a = [1, 2, 3];
            double[] b = [2, 8, 30];
            int nextA = 0;
            int nextB = 0;
            int steps = 0;

            Sample Take(string name, double seconds)
            {
                order += name;
                return new Sample(seconds);
            }

            Pairs pairs = Pairs.Measure(3, () => Take("A", a[nextA++]), () => Take("B", b[nextB++]), () => steps++);

            Assert.AreEqual("ABABAB", order);
            Assert.AreEqual(3, steps);
            Assert.AreEqual(4, pairs.Ratio(s => 1 / s.Seconds).Median, "of 2, 4 and 10");
            Assert.AreEqual(0.25, pairs.Ratio(s => s.Seconds).Median, "of 1/2, 1/4 and 1/10");
        }

        [TestMethod]
        public void A_sample_of_the_slower_takes_the_time_that_it_shall()
        {
            var job = new Job(Pairs: 1, Slower: 0.2, Faster: 0, Lines: 0);

            long count = job.Calibrate(10, n => new Sample(n * 1e-6), n => new Sample(n * 2e-6));

            Assert.AreEqual(0.2, count * 2e-6, 1e-3);
        }

        [TestMethod]
        public void The_faster_has_its_least_time_even_if_the_slower_then_has_more()
        {
            var job = new Job(Pairs: 1, Slower: 0.2, Faster: 0.03, Lines: 0);

            long count = job.Calibrate(10, n => new Sample(n * 1e-6), n => new Sample(n * 100e-6));

            Assert.AreEqual(0.03, count * 1e-6, 1e-3);
        }

        [TestMethod]
        public void What_is_slow_is_done_once_at_least()
        {
            Assert.AreEqual(1, Job.Quick.Calibrate(1, _ => new Sample(60)));
        }

        [TestMethod]
        public void A_row_meets_its_target_on_the_better_side_of_it()
        {
            Assert.IsTrue(Metric.Higher("a", "x", 0.95).Of(0.95).MeetsTarget);
            Assert.IsFalse(Metric.Higher("a", "x", 0.95).Of(0.94).MeetsTarget);
            Assert.IsTrue(Metric.Lower("a", "x", 0).Of(0).MeetsTarget);
            Assert.IsFalse(Metric.Lower("a", "x", 0).Of(1).MeetsTarget);
        }

        [TestMethod]
        public void What_is_counted_is_read_by_name()
        {
            IReadOnlyDictionary<string, double> counts =
                Counts.Parse(["copied-big-send 1.00 copies", "lines-big-request 2.5 lines per request"]);

            Assert.AreEqual(1, counts["copied-big-send"]);
            Assert.AreEqual(2.5, counts["lines-big-request"]);
        }

        [TestMethod]
        [DataRow("copied-big-send", 0.0)]
        [DataRow("copied-small-receive", 0.5)]
        [DataRow("copied-small-receive", double.NaN)]
        [DataRow("lines-big-request", 0.0)]
        public void A_count_of_which_something_was_not_seen_is_a_failure(string name, double value)
        {
            Dictionary<string, double> counts = Counted();
            Assert.IsTrue(Counts.Rows(counts).All(r => r.MeetsTarget), "1 everywhere");

            counts[name] = value;

            StringAssert.StartsWith(
                Assert.ThrowsExactly<Failure>(() => Counts.Rows(counts)).Message, name + " cannot be ");
        }

        [TestMethod]
        public void A_second_copy_misses_the_target()
        {
            Dictionary<string, double> counts = Counted();
            counts["copied-big-send"] = 1.0001;

            Assert.IsFalse(Counts.Rows(counts)[0].MeetsTarget);
        }

        [TestMethod]
        [DataRow(0, 0, 100)]
        [DataRow(102, 0, -1)]
        [DataRow(102, -1, 0)]
        public void Datagrams_that_cannot_be_are_a_failure(long came, long dropped, long lost)
        {
            var sample = new Sample(1) { Came = came, Dropped = dropped, Lost = lost };

            Assert.ThrowsExactly<Failure>(() => Datagrams.Lost(sample));
            Assert.AreEqual(3, Datagrams.Lost(new Sample(1) { Came = 90, Dropped = 8, Lost = 3 }));
        }

        private static Dictionary<string, double> Counted() => new()
        {
            ["copied-big-send"] = 1,
            ["copied-small-send"] = 1,
            ["copied-big-receive"] = 1,
            ["copied-small-receive"] = 1,
            ["lines-big-request"] = 1,
            ["lines-small-request"] = 1,
            ["lines-big-message"] = 1,
            ["lines-small-message"] = 1,
        };

        [TestMethod]
        [DataRow("copied 1")]
        [DataRow("copied many copies")]
        public void A_count_without_value_or_unit_is_refused(string line)
        {
            Assert.ThrowsExactly<FormatException>(() => Counts.Parse([line]));
        }
    }
}
