// K230.nanoFramework, MIT licence: see LICENSE

using System.IO;
using System.Text;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Wire.Tests
{
    /// <summary>Text that one thread writes and another one waits for.</summary>
    internal sealed class SharedWriter : TextWriter
    {
        private readonly StringBuilder _text = new();

        public override Encoding Encoding
        {
            get { return Encoding.UTF8; }
        }

        public override void Write(char value)
        {
            lock (_text)
            {
                _text.Append(value);
            }
        }

        internal void Expect(string part) =>
            Assert.IsTrue(SpinWait.SpinUntil(() => Text().Contains(part), 30000), "'" + part + "' not in: " + Text());

        internal void Forget()
        {
            lock (_text)
            {
                _text.Clear();
            }
        }

        private string Text()
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }
}
