// K230.nanoFramework, MIT licence: see LICENSE

using System;
using nanoFramework.TestFramework;

namespace K230.Sockets.Conformance
{
    /// <summary>
    /// What sockets need of the runtime itself: a collection changes no byte of an array that is in use.
    /// </summary>
    /// <remarks>
    /// nanoCLR runs a short instance method on its caller's evaluation stack (<c>PushInline</c>). Upstream's counts one
    /// place of it as used that the method has not written, so each collection in the method marks whatever lies where
    /// that place's old reference points: a bit of somebody's array. <c>board/K230/nanoclr/corrections.cmake</c> clears
    /// the place; other firmware needs that too.
    /// </remarks>
    [TestClass]
    public class Heap
    {
        private const int ROUNDS = 4;

        // Around the object that dies: what is freed with it is one large piece, of which the arrays of Fill take every
        // part. Their sizes have no common multiple, so that the old address lies inside an array.
        private const int NEIGHBOURS = 20;
        private const int NEIGHBOUR_LENGTH = 20000;
        private const int FILLERS = 80;
        private const int FILLER_LENGTH = 7001;

        // Nobody keeps these: sooner or later the runtime collects. The limit is for a heap that is larger than that.
        private const int GARBAGE_LENGTH = 20000;
        private const int GARBAGE_LIMIT = 10000;

        // The arrays are in static fields: one run at a time.
        private static readonly object s_gate = new object();

        private static byte[][] s_neighbours;
        private static byte[][] s_fillers;
        private static byte[] s_garbage;

        private WeakReference _collected;

        [TestMethod]
        public void A_collection_in_a_short_method_changes_no_array()
        {
            lock (s_gate)
            {
                for (int i = 0; i < ROUNDS; i++)
                {
                    Round(new Heap());
                }
            }
        }

        // Static, as only one method at a time runs on another's stack. No call here but Forget's puts anything behind
        // the first place of it, so that the reference to Forget's array is still there when Churn runs.
        private static void Round(Heap heap)
        {
            AllocateNeighbours();
            heap.Forget(new byte[NEIGHBOUR_LENGTH]);
            FreeNeighbours();
            Fill();
            heap.Churn();
            CheckFillers();
        }

        private static void AllocateNeighbours()
        {
            s_neighbours = new byte[NEIGHBOURS][];

            for (int i = 0; i < NEIGHBOURS; i++)
            {
                s_neighbours[i] = new byte[NEIGHBOUR_LENGTH];
            }
        }

        private void Forget(byte[] dies)
        {
            dies[0] = 1;
        }

        private static void FreeNeighbours()
        {
            WeakReference collected = new WeakReference(new object());
            s_neighbours = null;
            s_fillers = null;

            for (int i = 0; i < GARBAGE_LIMIT && collected.IsAlive; i++)
            {
                s_garbage = new byte[GARBAGE_LENGTH];
            }
        }

        private static void Fill()
        {
            s_fillers = new byte[FILLERS][];

            for (int i = 0; i < FILLERS; i++)
            {
                s_fillers[i] = new byte[FILLER_LENGTH];
            }
        }

        // Short and not static, so that nanoCLR runs it on its caller's evaluation stack.
        private void Churn()
        {
            _collected = new WeakReference(new object());

            for (int i = 0; i < GARBAGE_LIMIT && _collected.IsAlive; i++)
            {
                s_garbage = new byte[GARBAGE_LENGTH];
            }
        }

        private static void CheckFillers()
        {
            for (int i = 0; i < FILLERS; i++)
            {
                for (int j = 0; j < FILLER_LENGTH; j++)
                {
                    if (s_fillers[i][j] != 0)
                    {
                        Check.Fail("byte " + j.ToString() + " of array " + i.ToString() + " is " +
                            s_fillers[i][j].ToString() + " and nobody wrote it");
                    }
                }
            }
        }
    }
}
