// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using K230.Sockets.Conformance;
using MSTest = Microsoft.VisualStudio.TestTools.UnitTesting;

// The attributes and exceptions of nanoFramework.TestFramework 3, as far as a test can see them. MSTest finds the tests by
// these attributes, because they derive from MSTest's own. Setup and Cleanup are left out: MSTest would not call them.
namespace nanoFramework.TestFramework
{
    [AttributeUsage(AttributeTargets.Class)]
    public class TestClassAttribute : MSTest.TestClassAttribute
    {
    }

    [AttributeUsage(AttributeTargets.Method)]
    public class TestMethodAttribute : MSTest.TestMethodAttribute
    {
        public TestMethodAttribute([CallerFilePath] string path = "", [CallerLineNumber] int line = -1)
            : base(path, line)
        {
        }

        public override Task<MSTest.TestResult[]> ExecuteAsync(MSTest.ITestMethod testMethod)
        {
            return Task.FromResult(Launcher.Run(testMethod));
        }
    }

    /// <summary>One run of the method with these arguments.</summary>
    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    public class DataRowAttribute : MSTest.DataRowAttribute
    {
        public DataRowAttribute(params object[] methodParameters)
            : base(methodParameters)
        {
        }

        public object[] MethodParameters => Data;
    }

    public class AssertFailedException : Exception
    {
        public AssertFailedException()
        {
        }

        public AssertFailedException(string msg)
            : base(msg)
        {
        }

        public AssertFailedException(string msg, Exception ex)
            : base(msg, ex)
        {
        }
    }

    public class SkipTestException : Exception
    {
        public SkipTestException(string message = null, Exception innerException = null)
            : base(message, innerException)
        {
        }
    }

    public static class OutputHelper
    {
        public static void Write(string message)
        {
            Console.Write(message);
        }

        public static void WriteLine(string message)
        {
            Console.WriteLine(message);
        }
    }
}
