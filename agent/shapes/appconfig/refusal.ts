import type { ShapeAnswer } from '#config-service';

export type ResourceType = 'Application' | 'Environment' | 'ConfigurationProfile' | 'Configuration';

/** ResourceNotFoundException of the AppConfig Data API reference. */
export function notFound(type: ResourceType, message: string): ShapeAnswer {
  return errorOf(404, 'ResourceNotFoundException', {
    Message: message,
    ResourceType: type,
    ReferencedBy: {},
  });
}

/** BadRequestException of the AppConfig Data API reference. */
export function badRequest(parameter: string, message: string): ShapeAnswer {
  return errorOf(400, 'BadRequestException', {
    Message: message,
    Reason: 'InvalidParameters',
    Details: { InvalidParameters: { [parameter]: { Problem: 'Corrupted' } } },
  });
}

function errorOf(status: number, name: string, body: Readonly<Record<string, unknown>>): ShapeAnswer {
  return {
    status,
    type: 'application/json',
    body: JSON.stringify(body),
    headers: ['x-amzn-ErrorType', name],
  };
}
