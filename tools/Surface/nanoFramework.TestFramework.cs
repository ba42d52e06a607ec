// nanoFramework.TestFramework: an allow-list, see README.md.

namespace nanoFramework.TestFramework
{
    [System.AttributeUsage(System.AttributeTargets.Class)]
    public class TestClassAttribute : System.Attribute
    {
    }

    [System.AttributeUsage(System.AttributeTargets.Method)]
    public class TestMethodAttribute : System.Attribute
    {
    }

    [System.AttributeUsage(System.AttributeTargets.Method)]
    public class SetupAttribute : System.Attribute
    {
    }

    [System.AttributeUsage(System.AttributeTargets.Method)]
    public class CleanupAttribute : System.Attribute
    {
    }

    [System.AttributeUsage(System.AttributeTargets.Method, AllowMultiple = true)]
    public class DataRowAttribute : System.Attribute
    {
        public extern DataRowAttribute(params object[] args);
    }

    public class SkipTestException : System.Exception
    {
        public extern SkipTestException(string message, System.Exception inner);
    }

    public static class Assert
    {
        public static extern void AreEqual(bool expected, bool actual, string message = "");
        public static extern void AreEqual(int expected, int actual, string message = "");
        public static extern void AreEqual(long expected, long actual, string message = "");
        public static extern void AreEqual(string expected, string actual, string message = "");
        public static extern void AreEqual(object expected, object actual, string message = "");
        public static extern void AreNotEqual(object notExpected, object actual, string message = "");
        public static extern void AreNotSame(object notExpected, object actual, string message = "");
        public static extern void AreSame(object expected, object actual, string message = "");
        public static extern void IsFalse(bool condition, string message = "");
        public static extern void IsNotNull(object value, string message = "");
        public static extern void IsNull(object value, string message = "");
        public static extern void IsTrue(bool condition, string message = "");
        public static extern void SkipTest(string message = null);
        public static extern void ThrowsException(System.Type type, System.Action action, string message = "");
    }

    public static class CollectionAssert
    {
        public static extern void AreEqual(
            System.Collections.ICollection expected, System.Collections.ICollection actual, string message = "");
        public static extern void Empty(System.Collections.ICollection collection, string message = "");
        public static extern void NotEmpty(System.Collections.ICollection collection, string message = "");
    }

    public static class OutputHelper
    {
        public static extern void WriteLine(string text);
    }
}
