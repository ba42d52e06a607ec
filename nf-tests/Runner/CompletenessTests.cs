// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using nanoFramework.TestFramework;

namespace K230.Sockets.Conformance
{
    /// <summary>That nothing was forgotten. It needs the reflection of .NET, so it is not for a device.</summary>
    [TestClass]
    public class CompletenessTests
    {
        private const int CASES = 99;

        // Static methods do not depend on the state of a socket.
        private const BindingFlags OWN = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;

        [TestMethod]
        public void Every_case_from_C01_to_C99_has_a_test()
        {
            string missing = "";

            for (int i = 1; i <= CASES; i++)
            {
                if (!HasTest("C" + i.ToString("00") + "_"))
                {
                    missing += " " + i;
                }
            }

            Assert.AreEqual("", missing, "cases without a test");
        }

        [TestMethod]
        public void The_table_has_a_row_for_every_public_method_of_Socket()
        {
            string missing = "";

            foreach (MethodInfo method in typeof(Socket).GetMethods(OWN))
            {
                // These two are of every object.
                if (method.Name != nameof(Equals) && method.Name != nameof(GetHashCode) &&
                    !Array.Exists(BehaviourTable.Rows, row => IsCallOf(method, BehaviourTable.Cells(row)[0])))
                {
                    missing += " " + method;
                }
            }

            Assert.AreEqual("", missing.Replace(',', ';'), "methods without a row");
        }

        [TestMethod]
        public void Every_row_of_the_table_is_full_and_has_its_test()
        {
            CheckRows(
                BehaviourTable.Rows, BehaviourTable.States.Length,
                nameof(Behaviour.In_every_state_a_call_does_what_the_table_says));
            CheckRows(
                BehaviourTable.FullRows, BehaviourTable.FullStates.Length,
                nameof(Behaviour.Without_room_a_call_does_what_the_table_says));
        }

        [TestMethod]
        public void The_document_is_made_from_the_table()
        {
            string folder = AppContext.BaseDirectory;

            while (folder != null && !File.Exists(Path.Combine(folder, "K230.nanoFramework.sln")))
            {
                folder = Path.GetDirectoryName(folder);
            }

            if (folder == null)
            {
                Assert.SkipTest("the sources are not here");
            }

            string document = File.ReadAllText(Path.Combine(folder, "docs", "reference", "behaviour.md"));
            Assert.IsTrue(
                document == BehaviourDocument.Write(),
                "docs/reference/behaviour.md is old: make it with Runner --behaviour");
        }

        private static bool HasTest(string start)
        {
            foreach (Type type in typeof(Behaviour).Assembly.GetTypes())
            {
                if (type.GetCustomAttribute<TestClassAttribute>() != null && Array.Exists(
                    type.GetMethods(),
                    method => method.Name.StartsWith(start, StringComparison.Ordinal) &&
                        method.GetCustomAttribute<TestMethodAttribute>() != null))
                {
                    return true;
                }
            }

            return false;
        }

        private static void CheckRows(string[] rows, int states, string test)
        {
            var tested = new List<string>();

            foreach (DataRowAttribute row in typeof(Behaviour).GetMethod(test).GetCustomAttributes<DataRowAttribute>())
            {
                tested.Add((string)row.MethodParameters[0]);
            }

            foreach (string row in rows)
            {
                string[] cells = BehaviourTable.Cells(row);
                string call = Scene.WithoutCommas(cells[0]);

                Assert.AreEqual(states + 1, cells.Length, call + ": cells");
                Assert.IsFalse(Array.Exists(cells, cell => cell.Length == 0), call + ": an empty cell");
                Assert.IsTrue(tested.Remove(cells[0]), call + ": no DataRow");
            }

            Assert.AreEqual(0, tested.Count, "DataRows without a row or twice");
        }

        /// <summary>Whether the text of a call, such as Recv(10, MSG_PEEK), is one of this method.</summary>
        private static bool IsCallOf(MethodInfo method, string call)
        {
            int open = call.IndexOf('(');

            if (call.Substring(0, open) != method.Name || !call.EndsWith(')'))
            {
                return false;
            }

            string list = call.Substring(open + 1, call.Length - open - 2);
            string[] arguments = list.Length == 0 ? Array.Empty<string>() : list.Split(',');
            ParameterInfo[] parameters = method.GetParameters();

            for (int i = 0; i < parameters.Length; i++)
            {
                if (i >= arguments.Length ? !parameters[i].IsOptional
                    : TypeOf(arguments[i].Trim()) != parameters[i].ParameterType)
                {
                    return false;
                }
            }

            return arguments.Length <= parameters.Length;
        }

        private static Type TypeOf(string argument)
        {
            switch (argument)
            {
                case "bytes":
                    return typeof(byte[]);
                case "text":
                    return typeof(string);
                case "address":
                case "null":
                    return typeof(object);
                case "true":
                case "false":
                    return typeof(bool);
                default:
                    return argument[0] == '"' ? typeof(string)
                        : argument.StartsWith("MSG_", StringComparison.Ordinal) ? typeof(MsgFlags)
                        : argument.Contains('.') ? typeof(double) : typeof(int);
            }
        }
    }
}
