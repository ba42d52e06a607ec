// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

// The assertions of nanoFramework.TestFramework 3: the same signatures, meaning and form of messages. Obsolete names
// (True, Equal, Throws...) are left out, so that no new test uses them.
//
// One thing is added: a message with a comma, which nanoFramework's adapter cannot read, fails even where the assertion
// holds. The text of the asserted expression is a message too.
namespace nanoFramework.TestFramework
{
    public sealed class Assert
    {
        private Assert()
        {
        }

        // ---- equality: one overload for each type, floating point compares exactly

        public static void AreEqual(
            bool expected, bool actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            byte expected, byte actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            char expected, char actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            DateTime expected, DateTime actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            double expected, double actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            float expected, float actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            int expected, int actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            long expected, long actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            object expected, object actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            sbyte expected, sbyte actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            short expected, short actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            string expected, string actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            uint expected, uint actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            ulong expected, ulong actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreEqual(
            ushort expected, ushort actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Equality(Equals(expected, actual), expected, actual, message);
        }

        public static void AreNotEqual(
            bool notExpected, bool actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            byte notExpected, byte actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            char notExpected, char actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            DateTime notExpected, DateTime actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            double notExpected, double actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            float notExpected, float actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            int notExpected, int actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            long notExpected, long actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            object notExpected, object actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            sbyte notExpected, sbyte actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            short notExpected, short actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            string notExpected, string actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            uint notExpected, uint actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            ulong notExpected, ulong actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreNotEqual(
            ushort notExpected, ushort actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Inequality(Equals(notExpected, actual), notExpected, message);
        }

        public static void AreSame(
            object expected, object actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Require(ReferenceEquals(expected, actual), "AreSame", message);
        }

        public static void AreNotSame(
            object notExpected, object actual, [CallerArgumentExpression("actual")] string message = "")
        {
            CheckMessage(message);
            Require(!ReferenceEquals(notExpected, actual), "AreNotSame", message);
        }

        // ---- conditions

        public static void IsTrue(bool condition, [CallerArgumentExpression("condition")] string message = "")
        {
            CheckMessage(message);
            Require(condition, "IsTrue", message);
        }

        public static void IsFalse(bool condition, [CallerArgumentExpression("condition")] string message = "")
        {
            CheckMessage(message);
            Require(!condition, "IsFalse", message);
        }

        public static void IsNull(object value, [CallerArgumentExpression("value")] string message = "")
        {
            CheckMessage(message);
            Require(value is null, "IsNull", message);
        }

        public static void IsNotNull(object value, [CallerArgumentExpression("value")] string message = "")
        {
            CheckMessage(message);
            Require(value is not null, "IsNotNull", message);
        }

        // ---- types: exactly this one, none derived from it

        public static void IsInstanceOfType(
            object value, Type expected, [CallerArgumentExpression("value")] string message = "")
        {
            CheckMessage(message);
            RequireArgument(expected, "IsInstanceOfType", nameof(expected));
            Require(
                value is not null && value.GetType() == expected, "IsInstanceOfType",
                $"it is a {Show(value?.GetType())} and no {expected}: {Show(message)}");
        }

        public static void IsNotInstanceOfType(
            object value, Type notExpected, [CallerArgumentExpression("value")] string message = "")
        {
            CheckMessage(message);
            RequireArgument(notExpected, "IsNotInstanceOfType", nameof(notExpected));
            Require(
                value is null || value.GetType() != notExpected, "IsNotInstanceOfType",
                $"it is a {notExpected}: {Show(message)}");
        }

        // Its messages have commas, as those of the real one do, and so the adapter drops such a failure.
        public static void ThrowsException(
            Type exception, Action action, [CallerArgumentExpression("action")] string message = "")
        {
            CheckMessage(message);
            RequireArgument(action, "ThrowsException", nameof(action));
            RequireArgument(exception, "ThrowsException", nameof(exception));

            try
            {
                action();
            }
            catch (Exception e)
            {
                Require(
                    e.GetType() == exception, "ThrowsException",
                    $"{e.GetType().Name} came instead of {exception.Name} and said {e.Message}: " +
                    Show(message));

                return;
            }

            Fail(
                "Assert.ThrowsException",
                $"nothing was thrown instead of {exception.Name}: {Show(message)}");
        }

        // ---- text: what is expected comes first

        public static void Contains(
            string expected, string value, [CallerArgumentExpression("value")] string message = "")
        {
            CheckMessage(message);
            RequireArguments(expected, value, "Contains");
            Require(
                value.IndexOf(expected, StringComparison.Ordinal) >= 0, "Contains",
                $"'{expected}' is not in '{value}': {Show(message)}");
        }

        public static void DoesNotContains(
            string notExpected, string value, [CallerArgumentExpression("value")] string message = "")
        {
            CheckMessage(message);
            RequireArguments(notExpected, value, "DoesNotContains");
            Require(
                value.IndexOf(notExpected, StringComparison.Ordinal) < 0, "DoesNotContains",
                $"'{notExpected}' is in '{value}': {Show(message)}");
        }

        public static void StartsWith(
            string expected, string value, [CallerArgumentExpression("value")] string message = "")
        {
            CheckMessage(message);
            RequireArguments(expected, value, "StartsWith");
            Require(
                value.StartsWith(expected, StringComparison.Ordinal), "StartsWith",
                $"'{expected}' is not how '{value}' begins: {Show(message)}");
        }

        public static void EndsWith(
            string expected, string value, [CallerArgumentExpression("value")] string message = "")
        {
            CheckMessage(message);
            RequireArguments(expected, value, "EndsWith");
            Require(
                value.EndsWith(expected, StringComparison.Ordinal), "EndsWith",
                $"'{expected}' is not how '{value}' ends: {Show(message)}");
        }

        [DoesNotReturn]
        public static void SkipTest(string message = null)
        {
            CheckMessage(message);
            throw new SkipTestException(message);
        }

        // ---- failing

        [DoesNotReturn]
        internal static void Fail(string assertion, string message)
        {
            throw new AssertFailedException(
                $"{assertion} failed. {(string.IsNullOrEmpty(message) ? "" : Show(message))}");
        }

        internal static void CheckMessage(string message)
        {
            if (message != null && message.IndexOf(',') >= 0)
            {
                throw new AssertFailedException("The message has a comma: " + message);
            }
        }

        internal static void RequireArgument(object value, string assertion, string name)
        {
            Require(value is not null, assertion, $"argument {name} is null");
        }

        private static void RequireArguments(string expected, string value, string assertion)
        {
            RequireArgument(expected, assertion, nameof(expected));
            RequireArgument(value, assertion, nameof(value));
        }

        private static void Require(bool condition, string assertion, string message)
        {
            if (!condition)
            {
                Fail("Assert." + assertion, message);
            }
        }

        private static void Equality(bool equal, object expected, object actual, string message)
        {
            Require(equal, "AreEqual", $"wanted <{Show(expected)}> and got <{Show(actual)}>: {message}");
        }

        private static void Inequality(bool equal, object notExpected, string message)
        {
            Require(
                !equal, "AreNotEqual",
                $"got the very <{Show(notExpected)}>: {message}");
        }

        private static string Show(object value)
        {
            return value == null ? "(null)" : (value.ToString() ?? "(object)").Replace("\0", "\\0");
        }
    }

    public sealed class CollectionAssert
    {
        private CollectionAssert()
        {
        }

        public static void Empty(ICollection collection, string message = "")
        {
            Assert.CheckMessage(message);
            Assert.RequireArgument(collection, "Empty", nameof(collection));

            if (collection.Count != 0)
            {
                Assert.Fail("CollectionAssert.Empty", message);
            }
        }

        public static void NotEmpty(ICollection collection, string message = "")
        {
            Assert.CheckMessage(message);
            Assert.RequireArgument(collection, "NotEmpty", nameof(collection));

            if (collection.Count == 0)
            {
                Assert.Fail("CollectionAssert.NotEmpty", message);
            }
        }

        public static void AreEqual(ICollection expected, ICollection actual, string message = "")
        {
            Assert.CheckMessage(message);
            if (!AreEqual(expected, actual, out string reason))
            {
                Assert.Fail("CollectionAssert.AreEqual", $"{message}({reason})");
            }
        }

        public static void AreNotEqual(ICollection notExpected, ICollection actual, string message = "")
        {
            Assert.CheckMessage(message);
            if (AreEqual(notExpected, actual, out string reason))
            {
                Assert.Fail("CollectionAssert.AreNotEqual", $"{message}({reason})");
            }
        }

        private static bool AreEqual(ICollection expected, ICollection actual, out string reason)
        {
            reason = "";

            if (ReferenceEquals(expected, actual))
            {
                reason = "they are one object ";
                return true;
            }

            if (expected == null || actual == null)
            {
                return false;
            }

            if (expected.Count != actual.Count)
            {
                reason = "they are not of one length";
                return false;
            }

            IEnumerator others = actual.GetEnumerator();
            int index = 0;

            foreach (object item in expected)
            {
                others.MoveNext();

                if (!Equals(item, others.Current))
                {
                    reason = $"number {index} is <{others.Current}> and not <{item}>";
                    return false;
                }

                index++;
            }

            reason = "all their elements are equal";
            return true;
        }
    }
}
