namespace Voxeltron.Cosmictron;

/// <summary>
/// What a put or delete made the store do beside the work of every call, whatever it answered: for whoever charges for it.
/// It follows from the call, the declaration and the row alone, so it is the same live and in replay.
/// </summary>
/// <param name="RowBytes">Bytes of the row that was read: the one given, or the one deleted.</param>
/// <param name="JsonBytes">Of these, bytes of a row that was read as JSON, which costs a multiple.</param>
/// <param name="RefusedJson">It was no JSON, or none that may be kept.</param>
/// <param name="Indexes">Indexes in which the row was looked for or moved.</param>
/// <param name="ViewOperators">Operators of views that will take the change when it is committed.</param>
public readonly record struct StateWork(int RowBytes, int JsonBytes = 0, bool RefusedJson = false, int Indexes = 0, int ViewOperators = 0);
