using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

public sealed partial class MissionStore
{
    /// <summary>
    /// Flips a bit of a stored row behind everybody's back, as broken memory would: no write, no running hash follows. For rehearsals alone
    /// (ADR 18); whoever calls scrubs before anybody reads. Write sets and rows handed out before are invalid after it.
    /// </summary>
    /// <returns>False when there is no row to damage.</returns>
    /// <exception cref="InvariantException">A transaction is open.</exception>
    public bool DamageRow()
    {
        NextTurn();
        for (var id = 0; id < _rows.Bound; id++)
        {
            if (_rows[id] > 0)
            {
                var block = _heap.Block(_rows[id]);
                block[new Record(block).Bytes - 1] ^= 0x10;
                return true;
            }
        }

        return false;
    }
}
