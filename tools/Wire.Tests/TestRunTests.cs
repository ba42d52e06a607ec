// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Linq;
using System.Text;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Wire.Tests
{
    /// <summary>Lines of output, and results in them.</summary>
    [TestClass]
    public class TestRunTests
    {
        private readonly TestRun _run = new();

        [TestMethod]
        public void Each_outcome_is_read_with_its_time_or_its_message()
        {
            Take(
                "Ready.", "Test passed,Space.Class.Method.0,12345", "Test failed,Space.Class.Other.0,it was 3",
                "Test skipped,Space.Class.Third.1,no cable", "Done.");

            CollectionAssert.AreEqual(
                new[]
                {
                    new TestResult("Space.Class.Method.0", TestOutcome.Passed, TimeSpan.FromTicks(12345), "", "Ready."),
                    new TestResult("Space.Class.Other.0", TestOutcome.Failed, TimeSpan.Zero, "it was 3", ""),
                    new TestResult("Space.Class.Third.1", TestOutcome.Skipped, TimeSpan.Zero, "no cable", ""),
                },
                _run.Results.ToArray());
            Assert.IsTrue(_run.IsDone);
        }

        [TestMethod]
        public void A_message_may_have_commas_and_be_empty()
        {
            Take("Test failed,A.B.0,expected 1, got 2", "Test failed,A.C.0,");

            Assert.AreEqual("expected 1, got 2|", string.Join("|", _run.Results.Select(result => result.Message)));
        }

        [TestMethod]
        public void What_a_test_prints_is_its_output()
        {
            Take("one", "two", "Test passed,A.B.0,1", "three", "Test failed,A.C.0,no", "four");

            Assert.AreEqual("one\ntwo|three", string.Join("|", _run.Results.Select(result => result.Output)));
            Assert.AreEqual("four", _run.Rest);
        }

        [TestMethod]
        public void A_result_behind_a_line_that_was_not_ended_counts()
        {
            Take("progress: 50 %Test passed,A.B.0,1");

            Assert.AreEqual("progress: 50 %", _run.Results.Single().Output);
        }

        [TestMethod]
        public void What_only_looks_like_a_result_is_output()
        {
            Take("Test passed", "Test passed,", "Test passed,A.B.0", "Test passed,A.B.0,soon", "Test failed,,x");

            Assert.IsEmpty(_run.Results);
        }

        [TestMethod]
        public void A_test_that_prints_the_end_does_not_end_the_run()
        {
            Take("Done.", "Test passed,A.B.0,1");

            Assert.IsFalse(_run.IsDone);

            Take("it says Done. here");

            Assert.IsFalse(_run.IsDone);
        }

        [TestMethod]
        public void An_exception_that_nothing_catches_is_noticed()
        {
            Take("    ++++ Exception System.Exception - 0x00000000 (1) ++++");
            Assert.IsFalse(_run.HasUncaught);

            Take(" Uncaught exception ");
            Assert.IsTrue(_run.HasUncaught);
        }

        [TestMethod]
        public void Lines_are_the_same_however_they_are_cut()
        {
            const string Text = "first\r\nGrüße, 世界 🎉\n\nlast\n";
            byte[] bytes = Encoding.UTF8.GetBytes(Text);

            for (int size = 1; size <= bytes.Length; size++)
            {
                var lines = new Lines();

                foreach (byte[] piece in bytes.Chunk(size))
                {
                    lines.Add(piece);
                }

                Assert.AreEqual("first|Grüße, 世界 🎉||last", string.Join("|", lines.Take()));
                Assert.AreEqual("", lines.TakeRest());
            }
        }

        [TestMethod]
        public void A_line_without_an_end_is_kept_and_one_that_never_ends_is_cut()
        {
            var lines = new Lines();
            lines.Add("half"u8);

            Assert.IsEmpty(lines.Take());
            Assert.AreEqual("half", lines.TakeRest());

            lines.Add(new byte[200000]);

            Assert.HasCount(3, lines.Take());
        }

        private void Take(params string[] lines)
        {
            foreach (string line in lines)
            {
                _run.Take(line);
            }
        }
    }
}
