// K230.nanoFramework, MIT licence: see LICENSE

using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Every call in every state, one test for each row of <see cref="BehaviourTable"/>.</summary>
    [TestClass]
    public class Behaviour
    {
        private const int ROW_LIMIT_MS = 120000;

        // A call counts as waiting when it has not ended by then.
        private const int WAITS_MS = 100;

        // How long a call may take that does not wait.
        private const int ENDS_MS = 20000;

        [TestMethod]
        [DataRow("Close()")]
        [DataRow("Dispose()")]
        [DataRow("FileNo()")]
        [DataRow("ToString()")]
        [DataRow("MakeFile(\"rwb\", 0)")]
        [DataRow("Bind(address)")]
        [DataRow("Listen()")]
        [DataRow("Listen(5)")]
        [DataRow("Accept()")]
        [DataRow("Connect(address)")]
        [DataRow("Send(bytes)")]
        [DataRow("Send(bytes, MSG_DONTWAIT)")]
        [DataRow("Send(text)")]
        [DataRow("SendAll(bytes)")]
        [DataRow("SendAll(text)")]
        [DataRow("SendTo(bytes, address)")]
        [DataRow("SendTo(text, address)")]
        [DataRow("Recv(10)")]
        [DataRow("Recv(10, MSG_PEEK)")]
        [DataRow("Recv(10, MSG_DONTWAIT)")]
        [DataRow("Recv(0)")]
        [DataRow("RecvFrom(10)")]
        [DataRow("RecvFrom(10, MSG_DONTWAIT)")]
        [DataRow("Read()")]
        [DataRow("Read(5)")]
        [DataRow("Read(-1)")]
        [DataRow("Read(0)")]
        [DataRow("ReadInto(bytes)")]
        [DataRow("ReadInto(bytes, 2)")]
        [DataRow("ReadInto(bytes, 1, 2)")]
        [DataRow("ReadInto(bytes, 0)")]
        [DataRow("ReadLine()")]
        [DataRow("ReadLine(5)")]
        [DataRow("ReadLine(0)")]
        [DataRow("Write(bytes)")]
        [DataRow("Write(bytes, 2)")]
        [DataRow("Write(bytes, 1, 2)")]
        [DataRow("Write(text)")]
        [DataRow("Write(bytes, 0)")]
        [DataRow("SetBlocking(true)")]
        [DataRow("SetBlocking(false)")]
        [DataRow("SetTimeout(0.5)")]
        [DataRow("SetTimeout(null)")]
        [DataRow("SetSockOpt(SOL_SOCKET, SO_REUSEADDR, 1)")]
        [DataRow("SetSockOpt(SOL_SOCKET, SO_REUSEADDR, true)")]
        [DataRow("SetSockOpt(SOL_SOCKET, SO_REUSEADDR, bytes)")]
        [DataRow("SetSockOpt(SOL_SOCKET, 9999, 1)")]
        [DataRow("Poll(0) with mask 5")]
        [DataRow("Poll(0) with mask 1")]
        public void In_every_state_a_call_does_what_the_table_says(string call)
        {
            RunWithin(ROW_LIMIT_MS, () =>
            {
                string[] cells = BehaviourTable.Find(BehaviourTable.Rows, call);
                Assert.IsNotNull(cells, "there is no such row");
                Assert.AreEqual(BehaviourTable.States.Length + 1, cells.Length, "number of cells");
                string wrong = "";

                for (int i = 1; i < cells.Length; i++)
                {
                    using var scene = new Scene(BehaviourTable.States[i - 1]);
                    wrong += Try(scene, call, BehaviourTable.States[i - 1], cells[i]);
                }

                Report(call, wrong);
            });
        }

        [TestMethod]
        [DataRow("Send(bytes)")]
        [DataRow("Send(bytes, MSG_DONTWAIT)")]
        [DataRow("Send(text)")]
        [DataRow("SendAll(bytes)")]
        [DataRow("SendAll(text)")]
        [DataRow("SendTo(bytes, address)")]
        [DataRow("SendTo(text, address)")]
        [DataRow("Write(bytes)")]
        [DataRow("Write(bytes, 2)")]
        [DataRow("Write(bytes, 1, 2)")]
        [DataRow("Write(text)")]
        [DataRow("Write(bytes, 0)")]
        [DataRow("Poll(0) with mask 5")]
        public void Without_room_a_call_does_what_the_table_says(string call)
        {
            RunWithin(ROW_LIMIT_MS, () =>
            {
                string[] cells = BehaviourTable.Find(BehaviourTable.FullRows, call);
                Assert.IsNotNull(cells, "there is no such row");
                Assert.AreEqual(BehaviourTable.FullStates.Length + 1, cells.Length, "number of cells");
                string wrong = "";

                // One connection for all modes, as filling it takes time. The one that waits is last, as it is closed.
                using var scene = new Scene("full");

                for (int i = cells.Length - 1; i > 0; i--)
                {
                    wrong += TryFull(scene, call, BehaviourTable.FullStates[i - 1], cells[i]);
                }

                Report(call, wrong);
            });
        }

        private static string TryFull(Scene scene, string call, string state, string expected)
        {
            string wrong = "?";

            for (int i = 0; i < ATTEMPTS && wrong.Length > 0 && scene.Socket.FileNo() >= 0; i++)
            {
                scene.Fill();
                scene.SetMode(state);
                wrong = Try(scene, call, "full " + state, expected);
            }

            return wrong;
        }

        private static void Report(string call, string wrong)
        {
            if (wrong.Length > 0)
            {
                Fail(Scene.WithoutCommas(call) + wrong);
            }
        }

        /// <summary>Empty text if the call does what is expected.</summary>
        private static string Try(Scene scene, string call, string state, string expected)
        {
            string result = null;
            long begun = Now();
            var worker = new Worker(() => result = scene.Do(call));
            bool ended = worker.EndsWithin(expected == "waits" ? WAITS_MS : ENDS_MS);
            long took = Now() - begun;

            if (!ended)
            {
                // 11.5.12: closing wakes it.
                scene.Socket.Close();
                result = !worker.EndsWithin(ENDS_MS) ? "waits and Close does not end it" :
                    result == "E9" ? "waits" : "waits until Close and then gives " + result;
            }

            if (worker.Error != null)
            {
                result = worker.Error.GetType().FullName + ": " + worker.Error.Message;
            }

            if (result == "E110" && took < Scene.TIMEOUT_MS - EARLY_MS)
            {
                result = "E110 after only " + took.ToString() + " ms";
            }

            if (result == expected)
            {
                return "";
            }

            return "; " + state + ": expected " + expected + " but got " + Scene.WithoutCommas(result);
        }
    }
}
